/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A program in the place of virglrenderer's render server: says of itself what
 * it is asked, a message a question and a message an answer.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_BYTES 4096

/* Whatever becomes of the test, nothing of this stays. */
#define LIFE_S 120

static int connection;

static void __attribute__((format(printf, 1, 2)))
answer(const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    send(connection, text, strlen(text), MSG_NOSIGNAL);
}

/* --- the questions ---------------------------------------------------- */

static void pid(const char *argument)
{
    answer("%d", getpid());
}

static void worker(const char *argument)
{
    pid_t child = fork();

    while (child == 0) {
        /* Alarms are not inherited. */
        alarm(LIFE_S);
        pause();
    }
    answer("%d", child);
}

static void environment(const char *name)
{
    answer("%s", getenv(name) ?: "unset");
}

static void limits(const char *argument)
{
    struct rlimit data, space;

    getrlimit(RLIMIT_DATA, &data);
    getrlimit(RLIMIT_AS, &space);
    answer("%llu %llu", (unsigned long long)data.rlim_cur,
           (unsigned long long)space.rlim_max);
}

static void allocate(const char *bytes)
{
    void *memory = malloc(strtoull(bytes, NULL, 0));

    answer(memory ? "memory" : "none");
    free(memory);
}

static void signals(const char *argument)
{
    struct sigaction child;
    sigset_t blocked;
    int count = 0;

    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int i = 1; i < NSIG; i++) {
        count += sigismember(&blocked, i) == 1;
    }
    sigaction(SIGCHLD, NULL, &child);
    answer("%d blocked, SIGCHLD %s", count,
           child.sa_handler == SIG_DFL ? "usual" : "ignored");
}

static void oom_score(const char *argument)
{
    FILE *file = fopen("/proc/self/oom_score_adj", "r");
    int score = 0;

    if (!file || fscanf(file, "%d", &score) != 1) {
        answer("unknown");
    } else {
        answer("%d", score);
    }
    fclose(file);
}

/* Those that are open, without the one that this takes. */
static void descriptors(const char *argument)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    int count = 0;

    while ((entry = readdir(dir))) {
        count += entry->d_name[0] != '.';
    }
    closedir(dir);
    answer("%d", count - 1);
}

static void say(const char *text)
{
    fputs(text, stderr);
    answer("said");
}

static void chatter(const char *lines)
{
    int count = atoi(lines);

    answer("going to");
    for (int i = 0; i < count; i++) {
        fprintf(stderr, "line %d\n", i);
    }
}

static void hang(const char *argument)
{
    pause();
}

static void end(const char *last_words)
{
    fputs(last_words, stderr);
    exit(0);
}

static const struct {
    const char *name;
    void (*reply)(const char *argument);
} questions[] = {
    { "pid", pid },
    { "worker", worker },
    { "environment", environment },
    { "limits", limits },
    { "allocate", allocate },
    { "signals", signals },
    { "oom-score", oom_score },
    { "descriptors", descriptors },
    { "say", say },
    { "chatter", chatter },
    { "hang", hang },
    { "end", end },
};

static void reply(char *question)
{
    char *argument = question + strcspn(question, " ");

    if (*argument) {
        *argument++ = '\0';
    }
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        if (strcmp(question, questions[i].name) == 0) {
            questions[i].reply(argument);
        }
    }
}

int main(int argc, char **argv)
{
    char question[MESSAGE_BYTES];
    ssize_t bytes;

    if (argc != 3 || strcmp(argv[1], "--socket-fd")) {
        return 1;
    }
    alarm(LIFE_S);
    connection = atoi(argv[2]);
    while ((bytes = recv(connection, question, sizeof(question) - 1, 0)) > 0) {
        question[bytes] = '\0';
        reply(question);
    }
    return 0;
}
