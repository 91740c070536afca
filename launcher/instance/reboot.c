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

#include "images/base/log.h"
#include "launcher/instance/attach.h"
#include "launcher/instance/detach.h"
#include "launcher/instance/end.h"
#include "launcher/instance/machine.h"
#include "launcher/instance/start.h"

#define REBOOT_SECONDS 240
#define LOOK_AGAIN (USEC_PER_SEC * 7 / 10)
#define GIVE_UP (60 * USEC_PER_SEC)
#define TURNS_MS 2000 /* other jobs wait meanwhile */

enum step { STEP_ASK, STEP_WAIT, STEP_START };

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
	return true;
}

static usec_t reboot_patience(void)
{
	const char *seconds = getenv("QAMI_STOP_TIMEOUT");

	return (seconds && *seconds ? atoi(seconds) : REBOOT_SECONDS) *
	       USEC_PER_SEC;
}

bool reboot_begin(struct call *call, const char *id, struct error *err)
{
	char payload[120];
	struct op op = {
		.kind = "reboot",
		.account = call->account,
		.action = call->action,
		.request = call->request,
		.payload = payload,
		.due = call->now,
	};
	bool under_way;
	auto_tx tx = TX_INIT;

	snprintf(payload, sizeof(payload),
		 "{\"instance\":\"%s\",\"deadline\":%lld}", id,
		 (long long)call->now + reboot_patience());
	return tx_begin(&tx, call->store->db, err) &&
	       op_about(call->store->db, "reboot", id, &under_way, err) &&
	       (under_way || op_queue(call->store->journal, &op, err)) &&
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

/* Builds the machine anew, in the turns of its volumes. */
static bool rebuild(struct call *call, struct hypervisor *hypervisor,
		    const struct instance *instance, struct error *err)
{
	auto_turn turn = TURN_INIT;
	auto_tx tx = TX_INIT;

	if (!attach_turns(call, &instance->id, 1, TURNS_MS, &turn, err) ||
	    !machine_destroy(hypervisor, instance->uuid, err) ||
	    !tx_begin(&tx, call->store->db, err) ||
	    !detach_machine_gone(call, instance->id, err) ||
	    !tx_commit(&tx, err))
		return false;
	return machine_files(call, instance, false, err) &&
	       machine_boot(call, hypervisor, instance, err) &&
	       keep_if_running(call, hypervisor, instance, err);
}

/* Looks at the guest while it shuts down, and builds its machine again when
 * it has, or when its time is up. */
static bool reboot_round(struct call *call, const struct instance *instance,
			 bool late, enum step *step, const char *op,
			 struct error *err)
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
		   (late || (state != MACHINE_RUNNING &&
			     state != MACHINE_PAUSED))) {
		*step = STEP_START;
		/* from here on recovery destroys and starts again */
		ok = op_step(call->store->journal, op, "fired", *step, NULL,
			     NULL, err);
	}
	if (ok && *step == STEP_START)
		ok = rebuild(call, hypervisor, instance, err);
	hypervisor_close(hypervisor);
	return ok;
}

/* A machine that cannot be built again within the time is stopped: its row
 * must not say for ever that it runs. */
static bool give_up(struct call *call, const char *id, const struct op *op,
		    struct error *err)
{
	log_warning("%s could not be rebooted: %s", id, err->text);
	error_clear(err);
	return end_machine(call, id, err) &&
	       stop_finish(call, id, "running", &ending_broken, err) &&
	       op_step(call->store->journal, op->id, "aborted", STEP_START,
		       NULL, NULL, err);
}

bool reboot_job(struct call *call, const struct op *op, usec_t *ret_due,
		struct error *err)
{
	auto_of(arena) arena = arena_new();
	struct journal *journal = call->store->journal;
	const char *id = arena ? op_text(op, "instance", arena) : NULL;
	usec_t deadline = op_number(op, "deadline");
	enum step step = (enum step)op->step;
	struct instance instance;
	bool found = false;

	*ret_due = 0;
	if (!id)
		return fail(err, FAULT_INTERNAL, "job %s is unreadable",
			    op->id);
	if (!instance_get(call->store->db, id, arena, &instance, &found, err))
		return false;
	if (!found || strcmp(instance.state, "running") != 0 ||
	    strcmp(instance.boot_id, boot_id()) != 0)
		return op_step(journal, op->id, "done", op->step, NULL, NULL,
			       err);
	if (!reboot_round(call, &instance, clock_now() > deadline, &step,
			  op->id, err))
		return clock_now() > deadline + GIVE_UP &&
		       give_up(call, id, op, err);
	if (step == STEP_START)
		return op_step(journal, op->id, "done", step, NULL, NULL, err);
	*ret_due = clock_now() + LOOK_AGAIN;
	return op_step(journal, op->id, "intent", step, NULL, NULL, err);
}
