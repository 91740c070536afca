/* agent.c - the guest agent, who freezes and thaws a guest's filesystems
 *
 * libvirt could do both within its snapshot, but would wait for ever for an
 * agent that hangs in a hook of its guest's, and would not say whether
 * something is frozen when that failed. An agent that does not answer in time
 * may carry out later what it was told: who stops waiting for a freeze has to
 * see to a thaw.
 */
#include "images/base/log.h"
#include "launcher/domain/live.h"

/* For the hooks of databases and the like. libvirt itself gives an agent 5
 * seconds to say that it is there at all. */
#define ANSWER_SECONDS 10

/* Whether libvirt's last report is that the agent said nothing. */
static bool is_silent(void)
{
	virErrorPtr error = virGetLastError();

	return error && error->code == VIR_ERR_AGENT_UNRESPONSIVE;
}

bool agent_freeze(virDomainPtr domain, bool *ret_doubtful)
{
	int frozen;

	*ret_doubtful = false;
	if (virDomainAgentSetResponseTimeout(domain, ANSWER_SECONDS, 0) < 0) {
		log_warning("the guest's filesystems stay as they are: %s",
			    virGetLastErrorMessage());
		return false;
	}
	frozen = virDomainFSFreeze(domain, NULL, 0, 0);
	if (frozen >= 0) {
		log_info("%d filesystems of the guest are frozen", frozen);
		return true;
	}
	log_warning("the guest's filesystems stay as they are: %s",
		    virGetLastErrorMessage());
	/* one that failed half-way has frozen some of them */
	*ret_doubtful = is_silent() || !agent_thaw(domain);
	return false;
}

bool agent_thaw(virDomainPtr domain)
{
	int thawed;

	if (virDomainAgentSetResponseTimeout(domain, ANSWER_SECONDS, 0) < 0)
		return false;
	thawed = virDomainFSThaw(domain, NULL, 0, 0);
	if (thawed < 0)
		log_warning("the guest's filesystems may be frozen: %s",
			    virGetLastErrorMessage());
	return thawed >= 0;
}

bool live_thaw(struct live *live, const struct change *change, bool *ret_done,
	       struct error *err)
{
	(void)change;
	if (!live_agent(live, err))
		return false;
	*ret_done = !live->agent || agent_thaw(live->domain);
	return true;
}
