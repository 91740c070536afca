/* dhcp.h - giving the one guest its one address */
#ifndef QAMI_NET_PROCESS_DHCP_H
#define QAMI_NET_PROCESS_DHCP_H

#include "launcher/net/process/packet.h"

/* Answers what a guest sent to the DHCP server's port, if it deserves one: a
 * frame of *ret_size bytes, at most FRAME_ANSWER, in ret_answer. */
enum verdict dhcp_answer(const struct subnet *subnet,
			 const struct packet *packet, uint8_t *ret_answer,
			 size_t *ret_size);

#endif
