/* The library that missing_library.c needs. */
#include <backplane/base.h>

BP_EXPORT void backplane_selftest_absent(void);
void backplane_selftest_absent(void) {}
