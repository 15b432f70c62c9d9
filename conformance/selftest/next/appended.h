/* What the headers to come have that today's have not, for programs that are compiled on either.
 * BP_NEXT is 1 on those to come. */
#ifndef BACKPLANE_SELFTEST_APPENDED_H
#define BACKPLANE_SELFTEST_APPENDED_H

#include <backplane/runtime.h>

/* What a host of the ABI to come sets its appended fields to. */
#define NEXT_MARK ((uint64_t)0x4241434b504c414eu)

/* How a plugin of the ABI to come tells what it has seen in fields that it asked for first. */
#define NEXT_EXTENSION "org.backplane.selftest.next/1"
typedef struct next_seen_api {
  uint32_t struct_size;
  uint32_t reserved;              /* 0 */
  uint64_t (*seen_in_host)(void); /* the field of the last bp_host_t, 0 when it had none */
  uint64_t (*seen_in_node)(void);
} next_seen_api_t;

#if BP_NEXT
static inline void set_appended_host(bp_host_t* host) { host->next_field = NEXT_MARK; }
static inline void set_appended_node(bp_node_t* node) { node->next_field = NEXT_MARK; }
static inline void set_appended_config(bp_rt_config_t* config) { config->next_field = NEXT_MARK; }
static inline void set_appended_run(bp_rt_run_config_t* config) { config->next_field = NEXT_MARK; }
#else
static inline void set_appended_host(bp_host_t* host) { (void)host; }
static inline void set_appended_node(bp_node_t* node) { (void)node; }
static inline void set_appended_config(bp_rt_config_t* config) { (void)config; }
static inline void set_appended_run(bp_rt_run_config_t* config) { (void)config; }
#endif

#endif
