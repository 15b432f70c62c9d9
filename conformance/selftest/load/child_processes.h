/* A child, and a daemon that has left its parent, process group and session, each asleep for ten
 * minutes: what a plugin may have started when a run ends. */
#ifndef BACKPLANE_SELFTEST_CHILD_PROCESSES_H
#define BACKPLANE_SELFTEST_CHILD_PROCESSES_H

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void sleep_in_its_place(void) {
  execlp("sleep", "sleep", "600", (char*)0);
  _exit(1);
}

static void start_daemon(void) {
  const pid_t between = fork();
  if (between == 0) {
    setsid();
    if (fork() == 0) sleep_in_its_place();
    _exit(0);
  }
  if (between > 0) waitpid(between, (int*)0, 0);
}

static void start_processes(void) {
  if (fork() == 0) sleep_in_its_place();
  start_daemon();
}

#endif
