/* ops.h - what the module hands to the program (private to this room)
 *
 * One const struct instead of a dlsym() a function: a function that is
 * missing in the module is then a compile error, not a surprise at run time.
 * The members are the functions of domain.h under their names; in the module
 * each is called domain_NAME, so that a test may link both sides together.
 */
#ifndef QAMI_DOMAIN_OPS_H
#define QAMI_DOMAIN_OPS_H

#include "launcher/domain/bridge.h"
#include "launcher/domain/domain.h"

typedef bool machine_found_fn(void *data, const char *id, const char *uuid);
typedef bool bridge_found_fn(void *data, const char *id);
typedef void machine_news_fn(void *data);
typedef void check_report_fn(void *data, const struct host_check *check);

/* X(name, parameters): everything that returns bool and ends in an error. */
#define DOMAIN_OPS(X)                                                        \
	X(machine_xml, const struct machine *machine, struct buf *ret_xml)   \
	X(hypervisor_choose, const char *configured, const char *store,      \
	  char **ret_uri)                                                    \
	X(hypervisor_open, const char *uri, unsigned wait_ms,                \
	  struct hypervisor **ret_hypervisor)                                \
	X(hypervisor_keep, machine_news_fn *happened, void *data)            \
	X(accel_choose, const char *wanted, const char *memo,                \
	  enum accel *ret_accel, char **ret_note)                            \
	X(machine_start, struct hypervisor *hypervisor,                      \
	  const struct machine *machine, pid_t *ret_pid)                     \
	X(machine_state, struct hypervisor *hypervisor, const char *uuid,    \
	  enum machine_state *ret_state)                                     \
	X(machine_resume, struct hypervisor *hypervisor, const char *uuid)   \
	X(machine_press_power, struct hypervisor *hypervisor,                \
	  const char *uuid)                                                  \
	X(machine_destroy, struct hypervisor *hypervisor, const char *uuid)  \
	X(machine_heads, struct hypervisor *hypervisor, const char *uuid,    \
	  struct arena *arena, const struct machine_head **ret_heads,        \
	  size_t *ret_count)                                                 \
	X(machine_pivot, struct hypervisor *hypervisor, const char *uuid,    \
	  const struct machine_pivot *pivots, size_t count, bool quiesce,    \
	  bool *ret_thawed)                                                  \
	X(machine_thaw, struct hypervisor *hypervisor, const char *uuid,     \
	  bool *ret_thawed)                                                  \
	X(machine_attach, struct hypervisor *hypervisor, const char *uuid,   \
	  const struct machine_disk *disk)                                   \
	X(machine_detach, struct hypervisor *hypervisor, const char *uuid,   \
	  const char *serial, unsigned wait_ms, bool *ret_gone)              \
	X(machine_throttle, struct hypervisor *hypervisor, const char *uuid, \
	  const char *serial, const struct machine_throttle *throttle)       \
	X(machine_resize, struct hypervisor *hypervisor, const char *uuid,   \
	  const char *serial, uint64_t bytes)                                \
	X(machine_shorten, struct hypervisor *hypervisor, const char *uuid,  \
	  const char *serial, const char *base,                              \
	  const struct machine_patience *patience, bool *ret_done)           \
	X(machine_each, struct hypervisor *hypervisor, const char *store,    \
	  machine_found_fn *found, void *data)                               \
	X(machine_console, struct hypervisor *hypervisor, const char *uuid,  \
	  char **ret_path)                                                   \
	X(hypervisor_qemu_user, const char *uri, uid_t *ret_uid,             \
	  gid_t *ret_gid)                                                    \
	X(hypervisor_doctor, const char *configured, const char *store,      \
	  check_report_fn *report, void *data)                               \
	X(bridge_join, struct hypervisor *hypervisor,                        \
	  const struct bridge *bridge, const struct bridge_port *port)       \
	X(bridge_change, struct hypervisor *hypervisor,                      \
	  const struct bridge *bridge, const struct bridge_port *port)       \
	X(bridge_leave, struct hypervisor *hypervisor,                       \
	  const struct bridge *bridge, const char *id)                       \
	X(bridge_each, struct hypervisor *hypervisor,                        \
	  const struct bridge *bridge, bridge_found_fn *found, void *data)   \
	X(bridge_remove, struct hypervisor *hypervisor,                      \
	  const struct bridge *bridge)

struct domain_ops {
#define DOMAIN_OP(name, ...) bool (*name)(__VA_ARGS__, struct error * err);
	DOMAIN_OPS(DOMAIN_OP)
#undef DOMAIN_OP
	void (*begin)(void); /* once, before anything else */
	void (*hypervisor_close)(struct hypervisor *hypervisor);
	void (*hypervisor_unkeep)(void);
	void (*driver_main)(char **argv) __attribute__((noreturn));
	void (*driver_wait)(int socket) __attribute__((noreturn));
};

#define DOMAIN_OP(name, ...) \
	bool domain_##name(__VA_ARGS__, struct error *err) must_check;
DOMAIN_OPS(DOMAIN_OP)
#undef DOMAIN_OP
void domain_begin(void);
void domain_hypervisor_close(struct hypervisor *hypervisor);
void domain_hypervisor_unkeep(void);
__attribute__((noreturn)) void domain_driver_main(char **argv);
__attribute__((noreturn)) void domain_driver_wait(int socket);

/* The module's one entry. */
extern const struct domain_ops domain_ops;

/* The same of qami-inspect.so. */
bool inspect_disk_inspect(const struct machine_file *file, char **ret_json,
			  struct error *err) must_check;
bool inspect_disk_scan(const struct machine_file *file,
		       void (*opened)(void *data), void *data, char **ret_json,
		       struct error *err) must_check;
bool inspect_disk_clone(const struct disk_clone *clone, struct error *err)
	must_check;

#endif
