/* version.h - which qami this is */
#ifndef QAMI_BASE_VERSION_H
#define QAMI_BASE_VERSION_H

#define QAMI_VERSION "0.1"

#endif
