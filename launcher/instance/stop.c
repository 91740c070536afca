/* stop.c - an instance is stopped: its guest is asked to power off and
 * reminded, and when its time is up the machine is ended
 *
 * A job sees that through, so that nobody waits for a guest.
 */
#include "launcher/instance/stop.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/layers.h"
#include "images/turn.h"
#include "launcher/instance/detach.h"
#include "launcher/instance/machine.h"

/* How long a guest may take to power off, and how often it is reminded. */
#define STOP_SECONDS 120
#define REMIND_SECONDS 15
#define LOOK_AGAIN (USEC_PER_SEC * 7 / 10)

bool stop_check(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (strcmp(instance.root_device_type, "ebs") != 0)
		return fail(err, FAULT_UNSUPPORTED,
			    "The instance '%s' does not have an 'ebs' root "
			    "device type and cannot be stopped.",
			    id);
	if (strcmp(instance.state, "running") != 0 &&
	    strcmp(instance.state, "stopping") != 0 &&
	    strcmp(instance.state, "stopped") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not in a state from which "
			    "it can be stopped.",
			    id);
	if (instance.disable_stop)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The instance '%s' may not be stopped. Modify its "
			    "'disableApiStop' instance attribute and try "
			    "again.",
			    id);
	return true;
}

usec_t stop_patience(int seconds)
{
	const char *own = getenv("QAMI_STOP_TIMEOUT");

	return (own && *own ? atoi(own) : seconds) * USEC_PER_SEC;
}

/* What a stop's job has to know. */
#define STOP_SIZE 160
static void stop_payload(char text[STOP_SIZE], const char *id, usec_t changed,
			 usec_t deadline, const struct ending *why)
{
	snprintf(text, STOP_SIZE,
		 "{\"instance\":\"%s\",\"changed\":%lld,\"deadline\":%lld,"
		 "\"why\":\"%s\"}",
		 id, (long long)changed, (long long)deadline, ending_name(why));
}

static bool press_power(const struct instance *instance, struct error *err)
{
	struct hypervisor *hypervisor;
	bool ok;

	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_press_power(hypervisor, instance->uuid, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* Whether an instance is being stopped, and by the stop that began then: a
 * later one has a job of its own. */
static bool stops(const struct instance *instance, usec_t changed)
{
	return strcmp(instance->state, "stopping") == 0 &&
	       instance->changed == changed;
}

/* Ends the machine of a stop and notes it. Whoever was faster may have started
 * the instance again, and what runs then is not to be ended. */
static bool stop_now(struct call *call, const char *id, usec_t changed,
		     const struct ending *why, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct instance instance;

	if (!turn_take(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !authorised_instance(call, id, arena, &instance, err))
		return false;
	if (!stops(&instance, changed))
		return true;
	return end_machine(call, id, err) &&
	       stop_finish(call, id, "stopping", why, err);
}

bool stop_begin(struct call *call, const char *id, bool force,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	char payload[STOP_SIZE];
	struct error unheard = { 0 };
	struct op op = {
		.kind = "stop",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
		.due = clock_wall() + LOOK_AGAIN,
	};
	bool moved;
	auto_tx tx = TX_INIT;

	stop_payload(payload, id, call->now,
		     clock_wall() + (force ? 0 : stop_patience(STOP_SECONDS)),
		     &ending_user);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !instance_move(call->store->db, id, "running", "stopping",
			   ending_user.code, ending_user.message, call->now,
			   &moved, err))
		return false;
	if (moved && !op_queue(call->store->journal, &op, err))
		return false;
	if (!tx_commit(&tx, err) ||
	    !authorised_instance(call, id, arena, &instance, err))
		return false;
	if (strcmp(instance.state, "stopping") != 0)
		return true;
	if (!force) {
		/* the job reminds the guest, and ends it when its time is up */
		if (!press_power(&instance, &unheard))
			log_info("%s: %s", id, unheard.text);
		return true;
	}
	/* the job finds it stopped and has nothing left to do */
	return stop_now(call, id, instance.changed, &ending_user, err);
}

bool stop_finish(struct call *call, const char *id, const char *from,
		 const struct ending *why, struct error *err)
{
	struct db *db = call->store->db;
	bool moved;
	auto_tx tx = TX_INIT;

	return machine_files_remove(call, id, false, err) &&
	       tx_begin(&tx, db, err) &&
	       instance_move(db, id, from, "stopped", why->code, why->message,
			     clock_now(), &moved, err) &&
	       (!moved || detach_machine_gone(call, id, err)) &&
	       tx_commit(&tx, err) && layers_reap(call, err);
}

/* Looks at a guest that was asked to power off; *ret_gone when it has, or
 * when its time is up and it was ended. */
static bool stop_look(const struct instance *instance, bool late, bool remind,
		      bool *ret_gone, struct error *err)
{
	struct hypervisor *hypervisor;
	enum machine_state state;
	bool ok;

	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_state(hypervisor, instance->uuid, &state, err);
	*ret_gone = ok && (late || state == MACHINE_ABSENT ||
			   state == MACHINE_OFF || state == MACHINE_CRASHED);
	if (*ret_gone)
		ok = machine_destroy(hypervisor, instance->uuid, err);
	else if (ok && remind)
		ok = machine_press_power(hypervisor, instance->uuid, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* One look at an instance that is being stopped, which is the caller's turn. */
static bool stop_round(struct call *call, const struct instance *instance,
		       const struct op *op, const struct ending *why,
		       usec_t *ret_due, struct error *err)
{
	struct journal *journal = call->store->journal;
	usec_t now = clock_wall();
	bool late = now > op_number(op, "deadline");
	bool remind = now > op->created + (op->step + 1) * REMIND_SECONDS *
						  USEC_PER_SEC;
	bool gone = false;

	if (strcmp(instance->boot_id, boot_id()) != 0)
		/* libvirt's traces of it */
		gone = end_machine(call, instance->id, err);
	else if (!stop_look(instance, late, remind, &gone, err))
		return false;
	if (gone)
		return stop_finish(call, instance->id, "stopping", why, err) &&
		       op_step(journal, op->id, "done", 9, NULL, NULL, err);
	*ret_due = now + LOOK_AGAIN;
	return op_step(journal, op->id, "intent", op->step + remind, NULL, NULL,
		       err);
}

bool stop_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	auto_turn turn = TURN_INIT;
	struct instance instance;
	bool found;

	*ret_due = 0;
	if (!id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	/* the other jobs do not wait for whoever has it */
	if (!turn_take(call, &id, 1, 0, &turn, err)) {
		if (err->fault != FAULT_UNAVAILABLE)
			return false;
		error_clear(err);
		*ret_due = clock_wall() + LOOK_AGAIN;
		return true;
	}
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found || !stops(&instance, op_number(op, "changed")))
		return op_step(call->store->journal, op->id, "done", 9, NULL,
			       NULL, err);
	return stop_round(call, &instance, op,
			  ending_named(op_text(op, "why", arena)), ret_due,
			  err);
}

bool stop_found_begin(struct call *call, const char *id, usec_t now,
		      const struct ending *why, char ret_op[ID_SIZE],
		      struct arena *arena, struct error *err)
{
	char payload[STOP_SIZE];
	const char *answer;
	struct op op = {
		.kind = "stop",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	bool moved;

	stop_payload(payload, id, now, clock_wall(), why);
	if (!instance_move(call->store->db, id, "running", "stopping",
			   why->code, why->message, now, &moved, err) ||
	    !op_begin(call->store->journal, &op, arena, &answer, err))
		return false;
	memcpy(ret_op, op.id, sizeof(op.id));
	return true;
}

bool stop_found_finish(struct call *call, const char *id, usec_t found,
		       const struct ending *why, const char *op,
		       struct error *err)
{
	struct journal *journal = call->store->journal;
	struct error again = { 0 };

	if (stop_now(call, id, found, why, err) &&
	    op_step(journal, op, "done", 9, NULL, NULL, err))
		return true;
	if (!op_postpone(journal, op, clock_wall(), &again))
		log_warning("%s", again.text);
	return false;
}
