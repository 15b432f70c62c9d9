/* A plugin that holds every call of its host against what the ABI promises, and answers a breach
 * with INTERNAL and "the host broke ABI 0.2: ...". It relies on nothing but the headers, for its
 * binaries are kept (README.md): every later host must run them. Every object lies behind a handle
 * that begins with the number of its kind, so a host that mixes up the functions of a table is seen
 * at once. */
#ifndef BACKPLANE_SELFTEST_CHECKING_H
#define BACKPLANE_SELFTEST_CHECKING_H

#include <backplane/kernel.h>
#include <backplane/stream.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

enum Magic {
  kDeviceMagic = 0x42504456,
  kBufferMagic = 0x42504255,
  kStreamMagic = 0x42505354,
  kEventMagic = 0x42504556,
  kKernelMagic = 0x42504b45,
  kEndedMagic = 0x42504e44
};

typedef struct Object {
  uint32_t magic;
  uint32_t pending; /* pieces of work that use it; under the device's lock */
  bp_device_t* device;
} Object;

struct bp_buffer {
  Object object;
  bp_memory_kind_t kind;
  bool is_host_space;
  uint64_t size;
  uintptr_t start;
  _Alignas(128) char bytes[];
};

/* A point of a stream, or what a host event stands for; lives on when its event has gone. */
typedef struct Mark {
  uint32_t references;
  bool is_reached;
  bool is_host_signaled;
  bp_status_t status;
  uint64_t time_ns;
} Mark;

/* A piece of work. On a device without streams it runs at once, where it was made. */
typedef struct Task {
  struct Task* next;
  void (*run)(const struct Task* task); /* NULL: it only waits, marks or calls */
  Mark* waits_for;
  Mark* reaches;
  void (*call)(void* argument, bp_status_t status);
  void* argument;
  bp_buffer_t* buffers[4]; /* in use until it has ended */
  bp_kernel_t* kernel;
  const char* inputs[2]; /* of a copy or a fill just the first */
  const int64_t* strides[2];
  char* output;
  char* scratch;
  uint64_t size;         /* bytes of the output */
  uint32_t pattern_size; /* of a fill */
  uint32_t padding;      /* bytes after the output that a kernel overwrites */
  bp_tensor_type_t type; /* the output's */
  char captured[];
} Task;

struct bp_stream {
  Object object;
  bp_stream_flags_t flags;
  bp_status_t status; /* the failure that stays */
  Task* first;
  Task** end;
  uint64_t given, ended;
  bp_stream_t* next;
};

struct bp_event {
  Object object;
  bp_event_flags_t flags;
  Mark* mark; /* NULL: never recorded */
};

struct bp_device {
  Object object; /* object.device is the device itself */
  const bp_host_t* host;
  const bp_device_info_t* info;
  bool is_synchronous;
  bool is_closing;
  uint64_t memory_limit, memory_used;
  uint64_t live_count; /* objects made from it */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t worker; /* runs the work of all streams */
  bp_stream_t* streams;
  bp_buffer_t* host_space;
};

typedef struct Operator {
  const char* name;
  uint32_t since[8]; /* 0 ends them */
  uint32_t input_count;
  void (*run)(const Task* task);
} Operator;

struct bp_kernel {
  Object object;
  const Operator* op;
  bp_tensor_type_t types[3]; /* inputs, then the output */
  bp_argument_flags_t flags[2];
  int64_t strides[2][BP_MAX_RANK];
  bp_alias_t in_place[2];
  int64_t allowzero;
  void* baked; /* the second input of an Add, when it never changes */
  bp_kernel_info_t info;
};

/* checking_host.c: words, and what a handle is. */
bp_status_t fail(const bp_host_t* host, bp_status_t status, const char* format, ...);
bp_status_t breach(const bp_host_t* host, const char* format, ...);
/* In a call that cannot answer: logged, and the next device_open tells it. */
void note_breach(const bp_host_t* host, const char* format, ...);
bp_status_t tell_noted_breach(const bp_host_t* host);
void listen_with(const bp_host_t* host); /* told of handles that lead to no host */
void stop_listening(const bp_host_t* host);
bp_status_t check_host(const bp_host_t* host);
bp_status_t try_host(const bp_host_t* host);
bool is_a(const void* handle, enum Magic magic);
bp_status_t check_handle(const void* handle, enum Magic magic, const char* call);
bp_status_t check_stream(const bp_device_t* device, const bp_stream_t* stream, const char* call);
/* Host memory for an object of the device, which counts it; NULL after its words. */
void* make_object(bp_device_t* device, uint64_t size, enum Magic magic, bp_status_t* out_status);
void end_object(void* object, uint64_t size);
/* False, and noted, unless it is NULL or an object of this kind that no work uses. */
bool may_end(const void* handle, enum Magic magic, const char* call);

/* checking_work.c: the work of streams, and the thread that does it. */
bp_status_t start_worker(bp_device_t* device);
void stop_worker(bp_device_t* device);
/* Does the work, or gives a copy of it to the stream, with `captured` bytes of the first input. */
bp_status_t give(bp_stream_t* stream, const Task* task, uint64_t captured);
void reach(bp_device_t* device, Mark* mark, bp_status_t status);
void release_mark(const bp_host_t* host, Mark* mark);

/* checking_stream.c: waiting, and whether something can be made from a device with streams. */
typedef struct Deadline {
  bool is_for_ever;
  struct timespec at;
} Deadline;
Deadline deadline_after(uint64_t timeout_ns);
/* Under the lock; false when the time has passed. */
bool wait_for_change(bp_device_t* device, const Deadline* deadline);
bp_status_t check_maker(const bp_device_t* device, const void* out, const char* call);

/* checking_event.c: of the stream table. */
bp_status_t event_create(bp_device_t* device, bp_event_flags_t flags, bp_event_t** out_event);
void event_destroy(bp_event_t* event);
bp_status_t event_record(bp_event_t* event, bp_stream_t* stream);
bp_status_t event_wait(bp_event_t* event, bp_stream_t* stream);
bp_status_t event_query(bp_event_t* event);
bp_status_t event_synchronize(bp_event_t* event, uint64_t timeout_ns);
bp_status_t event_elapsed(bp_event_t* start, bp_event_t* end, uint64_t* out_ns);
bp_status_t event_signal(bp_event_t* event, bp_status_t status);

/* checking_node.c, checking_launch.c */
bool is_same_type(const bp_tensor_type_t* a, const bp_tensor_type_t* b);
uint64_t element_size(bp_dtype_t dtype);
uint64_t element_count(const bp_tensor_type_t* type);
bp_status_t check_type(const bp_host_t* host, const bp_tensor_type_t* type, const char* what,
                       uint32_t index);
/* In supports a large constant may have no data yet. */
bp_status_t check_node(const bp_host_t* host, const bp_node_t* node, bool has_all_data);
bp_status_t check_launch_types(const bp_kernel_t* kernel, const bp_tensor_type_t* const given[3]);
uint64_t scratch_size_of(const bp_kernel_t* kernel, const bp_tensor_type_t* output);
bp_status_t launch(bp_kernel_t* kernel, bp_stream_t* stream, const bp_tensor_t* inputs,
                   const bp_tensor_t* outputs, const bp_tensor_t* scratch);

/* checking_compute.c */
void add(const Task* task);
void positive_part(const Task* task);
void same_elements(const Task* task);

extern const bp_memory_api_t checking_memory_table;
extern const bp_stream_api_t checking_stream_table;
extern const bp_kernel_api_t checking_kernel_table;

#endif
