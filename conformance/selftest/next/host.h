/* The parts of the small host that next_test.py builds on the headers of today and on those to
 * come. */
#ifndef BACKPLANE_SELFTEST_HOST_H
#define BACKPLANE_SELFTEST_HOST_H

#include <backplane/kernel.h>
#include <backplane/stream.h>
#include <stdbool.h>

/* How the program ends, when it does not exit with 0: each after a line that says why. */
enum Ends {
  kEndWrong = 1,   /* the plugin broke the ABI, or its result is wrong */
  kEndRefused = 3, /* one of the two does not work with the other's version */
  kEndNoDevice = 77
};

/* Prints and ends the program. */
_Noreturn void end(int how, const char* format, ...);

/* How long a growing struct is, and how long it is in the headers at hand. */
void tell(const char* name, uint32_t size, size_t known);

/* The table that is handed to the plugin, its appended fields set. */
const bp_host_t* host_table(void);

/* Ends the program unless `status` is BP_OK, with what the plugin explained. */
void need(bp_status_t status, const char* what);

/* Opens device `index`, adds two vectors on it, and closes it again. */
void use_device(const bp_plugin_t* plugin, uint32_t index);

#endif
