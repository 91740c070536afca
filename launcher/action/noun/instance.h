/* instance.h - instances and reservations in a reply */
#ifndef QAMI_ACTION_NOUN_INSTANCE_H
#define QAMI_ACTION_NOUN_INSTANCE_H

#include "images/registry/instance.h"
#include "launcher/action/reply.h"

/* EC2's number of a state, 16 for "running"; "stopped" is 80. */
int instance_state_code(const char *state);

/* A structure with a state's Code and Name. */
void reply_state(struct node *into, const char *sdk, const char *wire,
		 const char *state);

bool reply_instance(struct db *db, const struct instance *instance,
		    struct node *into, struct error *err) must_check;

/* What its metadata service does. */
void reply_metadata_options(const struct instance *instance, struct node *into);

void reply_monitoring(struct node *into, bool monitoring);

/* The block device mapping alone, as DescribeInstanceAttribute has it. */
bool reply_instance_mapping(struct db *db, const char *instance,
			    struct node *into, struct error *err) must_check;

/* What a reservation says besides its instances; returns their list. */
struct node *reply_reservation(const struct instance *first, struct node *into);

#endif
