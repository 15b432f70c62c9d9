/* A shared library, but no plugin. */
#include <backplane/base.h>

BP_EXPORT int acme_start(void);
int acme_start(void) { return 1; }
