/* Has an absolute address in its code: a text relocation. */
#include "minimal.h"

__asm__(".pushsection .text\n.balign 8\n.8byte minimal_info\n.popsection\n");

static bp_plugin_t plugin;

const bp_plugin_t* bp_plugin_query(const bp_host_t* host) {
  (void)host;
  plugin = minimal_plugin("org.backplane.selftest.text-relocation");
  return &plugin;
}
