/* reboot.c - RebootInstances
 *
 * Power button first, so that the guest writes back what it holds; a guest
 * that does not listen is reset when its time is up (EC2 waits four minutes).
 * The machine is then built anew from the rows: libvirt's own reboot needs
 * somebody to stay connected while the guest shuts down.
 */
#include "launcher/instance/reboot.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/log.h"
#include "images/encrypt.h"
#include "images/freeze.h"
#include "images/layers.h"
#include "images/turn.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/detach.h"
#include "launcher/instance/stop.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/recover.h"

#define REBOOT_SECONDS 240
#define LOOK_AGAIN (USEC_PER_SEC * 7 / 10)
#define REMIND_AFTER (10 * USEC_PER_SEC)
#define GIVE_UP (60 * USEC_PER_SEC)
#define TURNS_MS 2000 /* other jobs wait meanwhile */

enum step {
	STEP_ASK,
	STEP_WAIT,
	STEP_START,
	STEP_OVER, /* somebody has ended that machine meanwhile */
};

/* One that is under way. */
struct reboot {
	const char *op;
	const char *instance;
	usec_t changed; /* when the machine that is rebooted began to run; 0:
			 * an older qami began this, and did not say */
};

/* What opens its disks must be there when the machine comes back, and better
 * is missed before it goes. */
static bool check_keys(struct call *call, const char *id, struct arena *arena,
		       struct error *err)
{
	struct db *db = call->store->db;
	const struct attachment *all;
	size_t count;

	if (!attachment_of(db, id, NULL, arena, &all, &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct volume volume;
		bool found;

		if (!volume_get(db, all[i].volume, arena, &volume, &found,
				err) ||
		    (found && !encrypt_may_open(call, volume.layer, err)))
			return false;
	}
	return true;
}

bool reboot_check(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;

	if (!arena)
		return fail_memory(err);
	if (!authorise_instance(call, RIGHT_OWN, id, arena, &instance, err))
		return false;
	if (strcmp(instance.state, "running") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not in a state from which "
			    "it can be rebooted.",
			    id);
	return check_keys(call, id, arena, err);
}

/* The operation of a reboot that begins now. */
#define PAYLOAD_SIZE 160
static struct op reboot_op(struct call *call, const struct instance *instance,
			   usec_t deadline, char payload[PAYLOAD_SIZE])
{
	snprintf(payload, PAYLOAD_SIZE,
		 "{\"instance\":\"%s\",\"changed\":%lld,"
		 "\"deadline\":%lld}",
		 instance->id, (long long)instance->changed,
		 (long long)deadline);
	return (struct op){
		.kind = "reboot",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
		.due = clock_wall(),
	};
}

bool reboot_begin(struct call *call, const char *id, struct error *err)
{
	auto_of(arena) arena = arena_new();
	usec_t deadline = clock_wall() + stop_patience(REBOOT_SECONDS);
	char payload[PAYLOAD_SIZE];
	struct instance instance;
	struct op op;
	bool under_way;
	auto_tx tx = TX_INIT;

	if (!arena)
		return fail_memory(err);
	if (!tx_begin(&tx, call->store->db, err) ||
	    !authorised_instance(call, id, arena, &instance, err) ||
	    !op_about(call->store->db, "reboot", id, &under_way, err))
		return false;
	op = reboot_op(call, &instance, deadline, payload);
	return (under_way || op_queue(call->store->journal, &op, err)) &&
	       tx_commit(&tx, err);
}

/* Somebody may have stopped or terminated the instance while its machine was
 * built, and have looked for that machine in vain. */
static bool keep_if_running(struct call *call, struct hypervisor *hypervisor,
			    const struct instance *instance, struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance now;
	bool found, last;

	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, instance->id, arena, &now, &found,
			  err))
		return false;
	if (found && strcmp(now.state, "running") == 0)
		return true;
	last = !found || strcmp(now.state, "shutting-down") == 0 ||
	       strcmp(now.state, "terminated") == 0;
	return machine_destroy(hypervisor, instance->uuid, err) &&
	       machine_files_remove(call, instance->id, last, err);
}

/* Reads the row of what is rebooted; *ret_runs: the machine is still the one
 * that is to be. Whoever was faster may have stopped the instance and started
 * it again, and what runs then is not to be ended. For those who have its
 * turn. */
static bool find_running(struct call *call, const struct reboot *reboot,
			 struct arena *arena, struct instance *ret_instance,
			 bool *ret_runs, struct error *err)
{
	bool found;

	*ret_runs = false;
	if (!arena)
		return fail_memory(err);
	if (!instance_get(call->store->db, reboot->instance, arena,
			  ret_instance, &found, err))
		return false;
	*ret_runs =
		found && strcmp(ret_instance->state, "running") == 0 &&
		strcmp(ret_instance->boot_id, boot_id()) == 0 &&
		(!reboot->changed || ret_instance->changed == reboot->changed);
	return true;
}

/* Looks at the guest while it shuts down; *step is STEP_START when it has, or
 * when its time is up and it was ended. */
static bool look_at_guest(struct call *call, const struct reboot *reboot,
			  const struct instance *instance, bool late,
			  enum step *step, struct error *err)
{
	struct hypervisor *hypervisor;
	enum machine_state state;
	bool ok;

	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_state(hypervisor, instance->uuid, &state, err);
	if (ok && *step == STEP_ASK) {
		ok = machine_press_power(hypervisor, instance->uuid, err);
		*step = STEP_WAIT;
	} else if (ok && *step == STEP_WAIT &&
		   (late || state == MACHINE_ABSENT || state == MACHINE_OFF ||
		    state == MACHINE_CRASHED)) {
		*step = STEP_START;
		/* from here on recovery destroys and starts again */
		ok = op_step(call->store->journal, reboot->op, "fired", *step,
			     NULL, NULL, err) &&
		     machine_destroy(hypervisor, instance->uuid, err);
	}
	hypervisor_close(hypervisor);
	return ok;
}

/* The same in the instance's turn. Whoever has that is not waited for, here:
 * the guest is looked at again. */
static bool reboot_look(struct call *call, const struct reboot *reboot,
			bool late, enum step *step, struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct instance instance;
	bool runs;

	if (!turn_take(call, &reboot->instance, 1, 0, &turn, err)) {
		if (err->fault != FAULT_UNAVAILABLE)
			return false;
		error_clear(err);
		return true;
	}
	if (!find_running(call, reboot, arena, &instance, &runs, err))
		return false;
	if (runs)
		return look_at_guest(call, reboot, &instance, late, step, err);
	*step = STEP_OVER;
	return true;
}

/* Volumes that were being detached are free: their machine is gone. */
static bool let_go(struct call *call, const char *id, struct error *err)
{
	auto_tx tx = TX_INIT;

	return tx_begin(&tx, call->store->db, err) &&
	       detach_machine_gone(call, id, err) && tx_commit(&tx, err);
}

/* Builds the machine again. */
static bool build(struct call *call, const struct instance *instance,
		  struct error *err)
{
	struct hypervisor *hypervisor;
	pid_t pid;
	bool ok;

	if (!hypervisor_open(instance->uri, HYPERVISOR_WAIT_MS, &hypervisor,
			     err))
		return false;
	ok = machine_destroy(hypervisor, instance->uuid, err) &&
	     layers_reap(call, err) && let_go(call, instance->id, err) &&
	     machine_files(call, instance, false, err) &&
	     machine_boot(call, hypervisor, instance, &pid, err) &&
	     machine_booted(call, instance, pid, instance->launched, err) &&
	     keep_if_running(call, hypervisor, instance, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* The same once nobody is at work on its volumes, if it is still to be. */
static bool reboot_boot(struct call *call, const struct reboot *reboot,
			struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct instance instance;
	bool runs;

	return attach_turns(call, &reboot->instance, 1, TURNS_MS, &turn, err) &&
	       freeze_over(call, reboot->instance, err) &&
	       find_running(call, reboot, arena, &instance, &runs, err) &&
	       (!runs || build(call, &instance, err));
}

/* One round. Whoever died while it took a snapshot must not keep the machine
 * from its disks: there may be no other call to recover that. */
static bool reboot_round(struct call *call, const struct reboot *reboot,
			 bool late, enum step *step, struct error *err)
{
	if (*step < STEP_START && !reboot_look(call, reboot, late, step, err))
		return false;
	return *step != STEP_START ||
	       (recover_all(call, err) && reboot_boot(call, reboot, err));
}

/* With its turn: a machine that has disks of its own is stopped. */
static bool give_up_stop(struct call *call, const struct reboot *reboot,
			 struct error *err)
{
	auto_of(arena) arena = arena_new();
	auto_turn turn = TURN_INIT;
	struct instance instance;
	bool runs;

	if (!turn_take(call, &reboot->instance, 1, TURNS_MS, &turn, err) ||
	    !find_running(call, reboot, arena, &instance, &runs, err))
		return false;
	return !runs ||
	       (end_machine(call, instance.id, err) &&
		stop_finish(call, instance.id, "running", &ending_broken, err));
}

/* A machine that cannot be built again within the time is stopped, or
 * terminated where it cannot be: its row must not say for ever that it runs. */
static bool give_up(struct call *call, const struct reboot *reboot,
		    struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct instance instance;
	bool runs;

	log_warning("%s could not be rebooted: %s", reboot->instance,
		    err->text);
	error_clear(err);
	if (!find_running(call, reboot, arena, &instance, &runs, err))
		return false;
	/* what cannot be stopped was not started again by anybody, either */
	return (!runs || (strcmp(instance.root_device_type, "ebs") == 0 ?
				  give_up_stop(call, reboot, err) :
				  terminate_instance(call, instance.id,
						     &ending_broken, err))) &&
	       op_step(call->store->journal, reboot->op, "aborted", STEP_START,
		       NULL, NULL, err);
}

bool reboot_job(struct call *call, const struct op *op, usec_t *ret_due,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct journal *journal = call->store->journal;
	const struct reboot reboot = {
		.op = op->id,
		.instance = arena ? op_text(op, "instance", arena) : NULL,
		.changed = op_number(op, "changed"),
	};
	usec_t deadline = op_number(op, "deadline");
	enum step step = (enum step)op->step;

	*ret_due = 0;
	if (!reboot.instance)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	if (!reboot_round(call, &reboot, clock_wall() > deadline, &step, err))
		return clock_wall() > deadline + GIVE_UP &&
		       give_up(call, &reboot, err);
	if (step >= STEP_START)
		return op_step(journal, op->id, "done", step, NULL, NULL, err);
	*ret_due = clock_wall() + LOOK_AGAIN;
	return op_step(journal, op->id, "intent", step, NULL, NULL, err);
}

/* Opens a reboot that this process sees through itself. */
static bool around_begin(struct call *call, const char *id, usec_t deadline,
			 char payload[PAYLOAD_SIZE], struct op *ret_op,
			 struct arena *arena, struct instance *ret_instance,
			 struct error *err)
{
	const char *answer;
	bool under_way;
	auto_tx tx = TX_INIT;

	if (!tx_begin(&tx, call->store->db, err) ||
	    !authorise_instance(call, RIGHT_OWN, id, arena, ret_instance,
				err) ||
	    !op_about(call->store->db, "reboot", id, &under_way, err))
		return false;
	if (under_way || strcmp(ret_instance->state, "running") != 0)
		return fail(err, FAULT_INSTANCE_STATE,
			    "The instance '%s' is not in a state from which "
			    "it can be rebooted.",
			    id);
	*ret_op = reboot_op(call, ret_instance, deadline, payload);
	return check_keys(call, id, arena, err) &&
	       op_begin(call->store->journal, ret_op, arena, &answer, err) &&
	       tx_commit(&tx, err);
}

/* Until the guest has powered off. One that has just booted may not have heard
 * it the first time. */
static bool around_wait(struct call *call, const struct reboot *reboot,
			usec_t deadline, struct error *err)
{
	usec_t remind = clock_wall() + REMIND_AFTER;
	enum step step = STEP_ASK;

	for (;;) {
		if (clock_wall() > remind && clock_wall() < deadline) {
			remind = clock_wall() + REMIND_AFTER;
			step = STEP_ASK;
		}
		if (!reboot_look(call, reboot, clock_wall() > deadline, &step,
				 err))
			return false;
		/* what became of another one is for the work to see */
		if (step >= STEP_START)
			return true;
		usleep(LOOK_AGAIN / 7);
	}
}

bool reboot_around(struct call *call, const char *id,
		   bool (*work)(struct call *call, const void *data,
				struct error *err),
		   const void *data, struct error *err)
{
	auto_of(arena) arena = arena_new();
	usec_t deadline = clock_wall() + stop_patience(REBOOT_SECONDS);
	struct journal *journal = call->store->journal;
	struct error later = { 0 };
	char payload[PAYLOAD_SIZE];
	struct instance instance;
	struct reboot reboot;
	struct op op;
	bool off, ok;

	if (!arena)
		return fail_memory(err);
	if (!around_begin(call, id, deadline, payload, &op, arena, &instance,
			  err))
		return false;
	reboot = (struct reboot){ op.id, id, instance.changed };
	off = around_wait(call, &reboot, deadline, err);
	ok = off && work(call, data, err);
	if (off && reboot_boot(call, &reboot, &later) &&
	    op_step(journal, op.id, "done", STEP_START, NULL, NULL, &later))
		return ok;
	/* the job goes on with it */
	log_warning("%s: %s", id, off ? later.text : err->text);
	error_clear(&later);
	if (!op_postpone(journal, op.id, clock_wall(), &later))
		log_warning("%s: %s", id, later.text);
	return ok;
}
