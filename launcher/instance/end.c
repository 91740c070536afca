/* end.c - stopping, terminating and forgetting instances
 *
 * A machine's absence is proved before its disks are touched, and the rows
 * say so before a file goes.
 */
#include "launcher/instance/end.h"

#include <stdio.h>
#include <string.h>

#include "images/base/log.h"
#include "images/cache.h"
#include "images/layers.h"
#include "images/registry/tag.h"
#include "images/volume.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/detach.h"
#include "launcher/instance/interface.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/network.h"
#include "launcher/instance/tell.h"

/* How long a guest may take to power off, and how often it is reminded. */
#define STOP_SECONDS 120
#define REMIND_SECONDS 15
#define LOOK_AGAIN (USEC_PER_SEC * 7 / 10)
#define LISTED_AFTER_END (3600 * USEC_PER_SEC)

const struct ending ending_user = {
	"Client.UserInitiatedShutdown",
	"Client.UserInitiatedShutdown: User initiated shutdown",
};
const struct ending ending_guest = {
	"Client.InstanceInitiatedShutdown",
	"Client.InstanceInitiatedShutdown: Instance initiated shutdown",
};
const struct ending ending_broken = {
	"Server.InternalError",
	"Server.InternalError: The machine ended unexpectedly",
};
const struct ending ending_host = {
	"Server.InternalError",
	"Server.InternalError: The host was rebooted",
};

static bool fetch(struct call *call, const char *id, struct arena *arena,
		  struct instance *ret_instance, struct error *err)
{
	bool found;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, id, arena, ret_instance, &found,
			  err))
		return false;
	return found || fail(err, FAULT_INSTANCE_NOT_FOUND,
			     "The instance ID '%s' does not exist", id);
}

static bool destroy(const struct instance *instance, struct error *err)
{
	struct hypervisor *hypervisor;
	bool ok;

	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_destroy(hypervisor, instance->uuid, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* Whether no QEMU of this instance runs here, for a libvirt of this host: then
 * it does not matter that libvirt is away. */
static bool surely_absent(const struct instance *instance)
{
	return strncmp(instance->uri, "qemu:///", 8) == 0 &&
	       !machine_alive(0, instance->uuid);
}

bool end_machine(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!fetch(call, id, arena, &instance, err))
		return false;
	if (destroy(&instance, err))
		return true;
	if (strcmp(instance.boot_id, boot_id()) == 0 &&
	    !surely_absent(&instance))
		return false;
	/* there is no machine; that was to tidy up */
	error_clear(err);
	return true;
}

bool end_alive(struct call *call, const char *id, bool *ret_alive,
	       struct error *err)
{
	auto_of(arena) arena = arena_new();
	enum machine_state state = MACHINE_ABSENT;
	struct hypervisor *hypervisor;
	struct instance instance;
	bool ok;

	if (!fetch(call, id, arena, &instance, err))
		return false;
	if (strcmp(instance.boot_id, boot_id()) != 0) {
		*ret_alive = false;
		return true;
	}
	if (!hypervisor_open(instance.uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_state(hypervisor, instance.uuid, &state, err);
	hypervisor_close(hypervisor);
	*ret_alive = state == MACHINE_RUNNING || state == MACHINE_PAUSED ||
		     state == MACHINE_STARVED;
	return ok;
}

/* Deletes the volumes that go with the instance; the others are free, and so is
 * what was being detached. With `all` every volume goes. Within the caller's
 * transaction. */
static bool release_volumes(struct call *call, const char *id, bool all,
			    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	const struct attachment *volumes;
	size_t count;

	if (!arena)
		return fail_memory(err);
	if (!attachment_of(db, id, NULL, arena, &volumes, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *volume = volumes[i].volume;

		bool leaving = strcmp(volumes[i].state, "detaching") == 0;

		if (all || (volumes[i].delete_on_termination && !leaving)) {
			if (!volume_drop(call, volume, err))
				return false;
			continue;
		}
		if (!attachment_delete(db, volume, err) ||
		    !volume_set_state(db, volume, "available", err))
			return false;
	}
	return true;
}

bool end_forget(struct call *call, const char *id, struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	const char *const *groups;
	size_t group_count;
	struct tell tell;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!interface_peers(call, id, arena, &groups, &group_count, err) ||
	    !machine_files_remove(call, id, true, err) ||
	    !machine_log_remove(call, id, err) || !tx_begin(&tx, db, err) ||
	    !release_volumes(call, id, true, err) || !tag_clear(db, id, err) ||
	    !instance_delete(db, id, err) ||
	    !tell_begin(call, groups, group_count, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	return layers_reap(call, err);
}

bool end_forget_old(struct call *call, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct error ignored = { 0 };
	const char *id;

	if (!arena)
		return fail_memory(err);
	for (;;) {
		if (!instance_ended(call->store->db,
				    clock_now() - LISTED_AFTER_END, arena, &id,
				    err))
			return false;
		if (!id)
			return true;
		/* what libvirt could not clean up at its end goes now */
		if (!end_machine(call, id, &ignored))
			error_clear(&ignored);
		if (!end_forget(call, id, err))
			return false;
	}
}

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

/* The seconds that a guest gets; QAMI_STOP_TIMEOUT shortens or stretches. */
static usec_t stop_patience(void)
{
	const char *seconds = getenv("QAMI_STOP_TIMEOUT");

	return (seconds && *seconds ? atoi(seconds) : STOP_SECONDS) *
	       USEC_PER_SEC;
}

/* An ending in the journal. */
static const char *ending_name(const struct ending *why)
{
	return why == &ending_guest  ? "guest" :
	       why == &ending_broken ? "broken" :
	       why == &ending_host   ? "host" :
				       "user";
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

static const struct ending *stop_reason(const char *why)
{
	switch (why ? why[0] : 'u') {
	case 'g':
		return &ending_guest;
	case 'b':
		return &ending_broken;
	case 'h':
		return &ending_host;
	default:
		return &ending_user;
	}
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
		.due = call->now + LOOK_AGAIN,
	};
	bool moved;
	auto_tx tx = TX_INIT;

	stop_payload(payload, id, call->now,
		     call->now + (force ? 0 : stop_patience()), &ending_user);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !instance_move(call->store->db, id, "running", "stopping",
			   ending_user.code, ending_user.message, call->now,
			   &moved, err))
		return false;
	if (moved && !op_queue(call->store->journal, &op, err))
		return false;
	if (!tx_commit(&tx, err) || !fetch(call, id, arena, &instance, err))
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
	return end_machine(call, id, err) &&
	       stop_finish(call, id, "stopping", &ending_user, err);
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

bool stop_job(struct call *call, const struct op *op, usec_t *ret_due,
	      struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct journal *journal = call->store->journal;
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	usec_t deadline = op_number(op, "deadline");
	usec_t now = clock_now();
	bool remind = now > op->created + (op->step + 1) * REMIND_SECONDS *
						  USEC_PER_SEC;
	bool gone = false;
	struct instance instance;
	const struct ending *why;
	bool found;

	*ret_due = 0;
	if (!id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	why = stop_reason(op_text(op, "why", arena));
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	/* a later stop has a job of its own */
	if (!found || strcmp(instance.state, "stopping") != 0 ||
	    instance.changed != op_number(op, "changed"))
		return op_step(journal, op->id, "done", 9, NULL, NULL, err);
	if (strcmp(instance.boot_id, boot_id()) != 0)
		gone = end_machine(call, id, err); /* libvirt's traces of it */
	else if (!stop_look(&instance, now > deadline, remind, &gone, err))
		return false;
	if (gone)
		return stop_finish(call, id, "stopping", why, err) &&
		       op_step(journal, op->id, "done", 9, NULL, NULL, err);
	*ret_due = now + LOOK_AGAIN;
	return op_step(journal, op->id, "intent", op->step + remind, NULL, NULL,
		       err);
}

bool terminate_check(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (instance.disable_termination &&
	    strcmp(instance.state, "terminated") != 0)
		return fail(err, FAULT_OPERATION_NOT_PERMITTED,
			    "The instance '%s' may not be terminated. Modify "
			    "its 'disableApiTermination' instance attribute "
			    "and try again.",
			    id);
	return true;
}

/* The second half: the machine is to go, then the rows, then the files. */
static bool terminate_finish(struct call *call, const char *id,
			     const struct ending *why, const char *op,
			     struct error *err)
{
	struct db *db = call->store->db;
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	const char *const *groups;
	size_t group_count;
	uint64_t bytes;
	unsigned files;
	struct tell tell;
	bool moved;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!interface_peers(call, id, arena, &groups, &group_count, err))
		return false;
	/* not in the transaction: the process is waited for */
	if (!end_machine(call, id, err) || !network_end(call, id, err) ||
	    !attach_turns(call, &id, 1, TURN_WAIT_MS, &turn, err) ||
	    !tx_begin(&tx, db, err) ||
	    !instance_move(db, id, "shutting-down", "terminated", why->code,
			   why->message, clock_now(), &moved, err) ||
	    !instance_set_user_data(db, id, NULL, 0, err) ||
	    !release_volumes(call, id, false, err) ||
	    !layers_release_kernels(call, err) ||
	    !machine_files_remove(call, id, true, err) ||
	    !op_step(call->store->journal, op, "done", 2, NULL, NULL, err) ||
	    !tell_begin(call, groups, group_count, arena, &tell, err) ||
	    !tx_commit(&tx, err))
		return false;
	tell_finish(call, &tell);
	return layers_reap(call, err) &&
	       cache_trim(call, cache_most(), &files, &bytes, err);
}

/* Whether a state is one that a termination starts from. */
static bool may_end(const char *state)
{
	return strcmp(state, "terminated") != 0 &&
	       strcmp(state, "shutting-down") != 0;
}

/* The first half, within the caller's transaction: the row says what will
 * happen, and so does the journal. */
static bool terminate_begin(struct call *call, const struct instance *instance,
			    const struct ending *why, struct op *ret_op,
			    struct arena *arena, struct error *err)
{
	char payload[120];
	const char *answer;
	bool moved;

	snprintf(payload, sizeof(payload),
		 "{\"instance\":\"%s\",\"why\":\"%s\"}", instance->id,
		 ending_name(why));
	*ret_op = (struct op){
		.kind = "terminate",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	return instance_move(call->store->db, instance->id, instance->state,
			     "shutting-down", why->code, why->message,
			     clock_now(), &moved, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err);
}

bool terminate_instance(struct call *call, const char *id,
			const struct ending *why, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	struct op op;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !fetch(call, id, arena, &instance, err))
		return false;
	if (!may_end(instance.state))
		return true;
	return terminate_begin(call, &instance, why, &op, arena, err) &&
	       tx_commit(&tx, err) &&
	       terminate_finish(call, id, why, op.id, err);
}

/* The first half of a stop that nobody asked for. */
static bool found_begin(struct call *call, const char *id,
			const struct ending *why, struct op *ret_op,
			struct arena *arena, struct error *err)
{
	usec_t now = clock_now();
	char payload[STOP_SIZE];
	const char *answer;
	bool moved;

	stop_payload(payload, id, now, now, why);
	*ret_op = (struct op){
		.kind = "stop",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
	};
	return instance_move(call->store->db, id, "running", "stopping",
			     why->code, why->message, now, &moved, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err);
}

/* The second half; a job tries again what does not succeed now. */
static bool found_finish(struct call *call, const char *id,
			 const struct ending *why, const char *op,
			 struct error *err)
{
	struct journal *journal = call->store->journal;
	struct error again = { 0 };

	if (end_machine(call, id, err) &&
	    stop_finish(call, id, "stopping", why, err) &&
	    op_step(journal, op, "done", 9, NULL, NULL, err))
		return true;
	if (!op_postpone(journal, op, clock_now(), &again))
		log_warning("%s", again.text);
	return false;
}

bool end_found(struct call *call, const char *id, int64_t pid, const char *boot,
	       const struct ending *why, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct db *db = call->store->db;
	bool found, rebooting = false, terminate;
	struct instance instance;
	struct op op;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, db, err) ||
	    !instance_get(db, id, arena, &instance, &found, err) ||
	    !op_about(db, "reboot", id, &rebooting, err))
		return false;
	if (!found || strcmp(instance.state, "running") != 0 ||
	    instance.pid != pid || strcmp(instance.boot_id, boot) != 0)
		return true;
	if (rebooting && why != &ending_host)
		return true; /* its job starts it again */
	/* what had an instance-store root cannot be started again */
	terminate = strcmp(instance.root_device_type, "ebs") != 0 ||
		    (why == &ending_guest &&
		     strcmp(instance.shutdown_behavior, "terminate") == 0);
	if (!(terminate ?
		      terminate_begin(call, &instance, why, &op, arena, err) :
		      found_begin(call, id, why, &op, arena, err)) ||
	    !tx_commit(&tx, err))
		return false;
	return terminate ? terminate_finish(call, id, why, op.id, err) :
			   found_finish(call, id, why, op.id, err);
}

bool terminate_recover(struct call *call, const struct op *op,
		       struct error *err)
{
	auto_of(arena) arena = arena_new();
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	const struct ending *why =
		stop_reason(arena ? op_text(op, "why", arena) : NULL);
	struct instance instance;
	bool found;

	if (!id)
		return fail(err, FAULT_INTERNAL, "operation %s is unreadable",
			    op->id);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found) /* the launch that made it was undone meanwhile */
		return op_step(call->store->journal, op->id, "aborted", 2, NULL,
			       NULL, err);
	return terminate_finish(call, id, why, op->id, err);
}
