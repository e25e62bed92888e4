/* A fast MCP server over stdio, for measuring clients: both eras, one write per burst of requests.
 *
 *   --id-last                members of a reply as the TypeScript SDK orders them: {"result":{...},"jsonrpc":"2.0","id":7}
 *   --delay-ms N             every call is answered N ms after it was read
 *   --sleep-every K          every K-th call is answered late ...
 *   --sleep-ms M             ... by M ms (default 2000)
 *   --log FILE               append "id TAB arguments" of every call, before any reply of its burst is written
 *   --count                  at the end, say on stderr how many calls and bursts there were
 *
 * Lines up to 16 MiB; a longer one ends the process with code 1. When stdin ends, what sleeps is still answered.
 * Lines without a method or an id are ignored. Members may come in any order; a line is read only as far as it is needed,
 * so garbage after the last needed member goes unnoticed: it is a peer for measurements, not a validator. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_LINE ((size_t)16 << 20)
#define FIRST_ROOM ((size_t)512 << 10)
#define LIT(text) (text), sizeof(text) - 1

typedef struct { const char *at; size_t length; } span;
typedef struct { char *at; size_t length, capacity; } buffer;
typedef struct { int64_t due; uint64_t order; char *reply; size_t length; } sleeper;

static int id_last, is_legacy;
static int64_t delay_ms, sleep_every, sleep_ms = 2000;
static uint64_t calls, bursts;
static int log_file = -1;
static int64_t burst_start; /* when the burst at hand was read; 0 until its first late call asks */
static buffer in, out, log_lines, text;
static sleeper *heap;
static size_t sleeping, heap_capacity;

static void die(const char *what) { fprintf(stderr, "echo-server: %s: %s\n", what, strerror(errno)); exit(1); }

static void reserve(buffer *b, size_t more) {
    if (b->capacity - b->length >= more) return;
    size_t capacity = b->capacity ? b->capacity : 4096;
    while (capacity - b->length < more) capacity *= 2;
    if (!(b->at = realloc(b->at, capacity))) die("out of memory");
    b->capacity = capacity;
}

static void put(buffer *b, const char *from, size_t length) {
    reserve(b, length);
    if (length) memcpy(b->at + b->length, from, length);
    b->length += length;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void write_all(int fd, const char *at, size_t length) {
    while (length) {
        ssize_t n = write(fd, at, length);
        if (n > 0) { at += n; length -= (size_t)n; continue; }
        if (n < 0 && errno == EAGAIN) { struct pollfd p = {fd, POLLOUT, 0}; poll(&p, 1, -1); continue; }
        if (n < 0 && errno != EINTR) exit(fd == 1 && errno == EPIPE ? 0 : 1);
    }
}

/* ---- JSON, only as much as requests need: every function moves *p past what it read, or returns 0 ---- */

static const char *space(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
    return p;
}

/* The raw bytes between the quotes. Runs of backslashes before different quotes never overlap: linear, whatever the text. */
static int string(const char **p, const char *end, span *s) {
    const char *start = *p + 1, *q = start;
    for (;; q++) {
        if (!(q = memchr(q, '"', (size_t)(end - q)))) return 0;
        const char *b = q;
        while (b > start && b[-1] == '\\') b--;
        if (((q - b) & 1) == 0) break;
    }
    *s = (span){start, (size_t)(q - start)};
    *p = q + 1;
    return 1;
}

/* Any value, nested to any depth, as raw bytes. */
static int value(const char **p, const char *end, span *s) {
    const char *start = *p, *q = start;
    span ignored;
    int64_t depth = 0;
    do {
        if (q >= end) return 0;
        if (*q == '"') { if (!string(&q, end, &ignored)) return 0; }
        else if (*q == '{' || *q == '[') depth++, q++;
        else if (*q == '}' || *q == ']') { if (--depth < 0) return 0; q++; }
        else if (depth) q++;
        else while (q < end && !strchr(",}] \t\r", *q)) q++;
    } while (depth);
    *s = (span){start, (size_t)(q - start)};
    *p = q;
    return q > start;
}

/* Steps to the next member of the object that *p stands in, just after '{' or a value: 1 a key was read, 0 the end or no JSON. */
static int member(const char **p, const char *end, span *key) {
    const char *q = space(*p, end);
    if (q < end && *q == ',') q = space(q + 1, end);
    if (q >= end || *q != '"' || !string(&q, end, key)) return 0;
    q = space(q, end);
    if (q >= end || *q != ':') return 0;
    *p = space(q + 1, end);
    return *p < end;
}

static int is(span s, const char *name, size_t length) { return s.length == length && !memcmp(s.at, name, length); }

/* The value of one member of an object; a string without its quotes. */
static int find(span object, const char *name, size_t length, span *found) {
    const char *p = object.at + 1, *end = object.at + object.length;
    span key;
    if (!object.length || *object.at != '{') return 0;
    while (member(&p, end, &key)) {
        if (!is(key, name, length)) { if (!value(&p, end, &key)) return 0; continue; }
        return *p == '"' ? string(&p, end, found) : value(&p, end, found);
    }
    return 0;
}

/* ---- late replies: a binary heap by due time, first come first served among equals ---- */

static int before(const sleeper *a, const sleeper *b) { return a->due != b->due ? a->due < b->due : a->order < b->order; }

static void sleep_until(int64_t due, const char *reply, size_t length) {
    static uint64_t order;
    if (sleeping == heap_capacity && !(heap = realloc(heap, (heap_capacity = heap_capacity ? heap_capacity * 2 : 1024) * sizeof *heap)))
        die("out of memory");
    sleeper s = {due, order++, malloc(length), length};
    if (!s.reply) die("out of memory");
    memcpy(s.reply, reply, length);
    size_t i = sleeping++;
    for (; i && before(&s, &heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = s;
}

static void wake(int64_t now) {
    while (sleeping && heap[0].due <= now) {
        put(&out, heap[0].reply, heap[0].length);
        free(heap[0].reply);
        sleeper last = heap[--sleeping];
        size_t i = 0, child;
        while ((child = 2 * i + 1) < sleeping) {
            if (child + 1 < sleeping && before(&heap[child + 1], &heap[child])) child++;
            if (!before(&heap[child], &last)) break;
            heap[i] = heap[child];
            i = child;
        }
        if (sleeping) heap[i] = last;
    }
}

/* ---- replies ---- */

static void reply(span id, const char *kind, const char *body, size_t length) {
    if (!id_last) put(&out, LIT("{\"jsonrpc\":\"2.0\",\"id\":")), put(&out, id.at, id.length), put(&out, LIT(","));
    else put(&out, LIT("{"));
    put(&out, kind, strlen(kind));
    put(&out, body, length);
    if (id_last) put(&out, LIT(",\"jsonrpc\":\"2.0\",\"id\":")), put(&out, id.at, id.length);
    put(&out, LIT("}\n"));
}

#define RESULT(id, body) reply(id, "\"result\":", LIT(body))
#define ERROR(id, body) reply(id, "\"error\":", LIT(body))
#define COMPLETE "\"resultType\":\"complete\","
#define CACHE "\"ttlMs\":3600000,\"cacheScope\":\"public\","
#define TOOLS "\"tools\":[" \
    "{\"name\":\"echo\",\"description\":\"Gives the message back.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{" \
    "\"message\":{\"type\":\"string\"}},\"required\":[\"message\"]},\"annotations\":{\"readOnlyHint\":true}}," \
    "{\"name\":\"sleep\",\"description\":\"Answers after so many milliseconds.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{" \
    "\"ms\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":3600000}},\"required\":[\"ms\"]}}]"

static void call(span id, span name, span arguments) {
    size_t start = out.length;
    int64_t late = delay_ms;
    span argument;
    calls++;
    if (sleep_every && calls % (uint64_t)sleep_every == 0) late += sleep_ms;
    if (log_file >= 0) {
        put(&log_lines, id.at, id.length), put(&log_lines, LIT("\t"));
        put(&log_lines, arguments.at, arguments.length), put(&log_lines, LIT("\n"));
    }
    text.length = 0;
    put(&text, LIT("{"));
    if (!is_legacy) put(&text, LIT(COMPLETE));
    put(&text, LIT("\"content\":[{\"type\":\"text\",\"text\":\""));
    if (is(name, LIT("echo")) && find(arguments, LIT("message"), &argument) && argument.at[-1] == '"') {
        put(&text, argument.at, argument.length);
    } else if (is(name, LIT("sleep")) && find(arguments, LIT("ms"), &argument) && argument.length < 8 && strspn(argument.at, "0123456789") >= argument.length) {
        late += strtoll(argument.at, NULL, 10); /* the line is followed by a newline, so that the number ends */
        put(&text, LIT("slept ")), put(&text, argument.at, argument.length), put(&text, LIT(" ms"));
    } else {
        ERROR(id, "{\"code\":-32602,\"message\":\"Unknown tool, or its argument is missing\"}");
        return;
    }
    put(&text, LIT("\"}]}"));
    reply(id, "\"result\":", text.at, text.length);
    if (late <= 0) return;
    if (!burst_start) burst_start = now_ns();
    sleep_until(burst_start + late * 1000000, out.at + start, out.length - start);
    out.length = start;
}

static void initialize(span id, span params) {
    static const char *known[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};
    span asked;
    const char *version = known[3];
    if (find(params, LIT("protocolVersion"), &asked))
        for (int i = 0; i < 4; i++) if (is(asked, known[i], 10)) version = known[i];
    is_legacy = 1;
    text.length = 0;
    put(&text, LIT("{\"protocolVersion\":\"")), put(&text, version, 10);
    put(&text, LIT("\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"echo-server\",\"version\":\"1.0.0\"}}"));
    reply(id, "\"result\":", text.at, text.length);
}

static void request(const char *p, const char *end) {
    span key, id = {0}, method = {0}, name = {0}, arguments = {0}, params = {0}, ignored;
    p = space(p, end);
    if (p >= end || *p++ != '{') return;
    while (member(&p, end, &key)) {
        if (is(key, LIT("id"))) { if (!value(&p, end, &id)) return; }
        else if (is(key, LIT("method")) && *p == '"') { if (!string(&p, end, &method)) return; }
        else if (is(key, LIT("params")) && *p == '{') {
            params = (span){p, (size_t)(end - p)}; /* open-ended: members are searched, and the search ends at the closing brace */
            const char *start = p++;
            while (member(&p, end, &key)) {
                if (is(key, LIT("name")) && *p == '"') { if (!string(&p, end, &name)) return; }
                else if (is(key, LIT("arguments"))) { if (!value(&p, end, &arguments)) return; }
                else if (!value(&p, end, &ignored)) return;
                if (id.length && name.at && arguments.at && is(method, LIT("tools/call"))) { call(id, name, arguments); return; }
            }
            p = start;
            if (!value(&p, end, &ignored)) return;
        }
        else if (!value(&p, end, &ignored)) return;
    }
    if (!id.length || !method.at || is(id, LIT("null"))) return;
    if (is(method, LIT("tools/call"))) call(id, name, arguments.at ? arguments : (span){"{}", 2});
    else if (is(method, LIT("server/discover")))
        RESULT(id, "{" COMPLETE "\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{\"tools\":{\"listChanged\":false}}," CACHE
            "\"_meta\":{\"io.modelcontextprotocol/serverInfo\":{\"name\":\"echo-server\",\"version\":\"1.0.0\"}}}");
    else if (is(method, LIT("initialize"))) initialize(id, params);
    else if (is(method, LIT("tools/list"))) { if (is_legacy) RESULT(id, "{" TOOLS "}"); else RESULT(id, "{" COMPLETE CACHE TOOLS "}"); }
    else if (is(method, LIT("ping"))) RESULT(id, "{}");
    else ERROR(id, "{\"code\":-32601,\"message\":\"Method not found\"}");
}

/* ---- the loop ---- */

static void flush_burst(void) {
    if (log_lines.length) write_all(log_file, log_lines.at, log_lines.length), log_lines.length = 0;
    if (out.length) bursts++, write_all(1, out.at, out.length), out.length = 0;
}

/* Waits for input, or for the first sleeper: 1 when there is something to read. */
static int wait_for_input(int is_open) {
    if (!sleeping) return is_open;
    int64_t left = heap[0].due - now_ns();
    if (left < 0) left = 0;
    struct pollfd p = {is_open ? 0 : -1, POLLIN, 0};
    struct timespec t = {left / 1000000000, left % 1000000000};
    return ppoll(&p, 1, &t, NULL) > 0;
}

/* Takes what can be read and answers its whole lines; 0 when stdin has ended. */
static int read_burst(void) {
    static size_t searched; /* bytes at the front of the input without a newline */
    reserve(&in, FIRST_ROOM + in.length);
    ssize_t n = read(0, in.at + in.length, in.capacity - in.length);
    if (n < 0 && errno == EAGAIN) { struct pollfd p = {0, POLLIN, 0}; poll(&p, 1, sleeping ? 0 : -1); return 1; }
    if (n < 0 && errno != EINTR) die("stdin");
    if (n < 0) return 1;
    if (n == 0) return 0;
    in.length += (size_t)n;
    burst_start = 0;
    char *line = in.at, *end = in.at + in.length, *newline;
    while ((newline = memchr(line + searched, '\n', (size_t)(end - line) - searched))) {
        request(line, newline);
        line = newline + 1;
        searched = 0;
    }
    searched = in.length = (size_t)(end - line);
    if (line != in.at) memmove(in.at, line, in.length);
    if (in.length > MAX_LINE) { errno = EMSGSIZE; flush_burst(); die("a line above 16 MiB"); }
    return 1;
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(option, "--id-last")) id_last = 1;
        else if (!strcmp(option, "--count")) count = 1;
        else if (!strcmp(option, "--delay-ms") && next) delay_ms = atoll(next), i++;
        else if (!strcmp(option, "--sleep-every") && next) sleep_every = atoll(next), i++;
        else if (!strcmp(option, "--sleep-ms") && next) sleep_ms = atoll(next), i++;
        else if (!strcmp(option, "--log") && next) {
            if ((log_file = open(next, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) < 0) die(next);
            i++;
        } else { fprintf(stderr, "echo-server: what is '%s'? The options are in echo-server.c\n", option); return 64; }
    }
    for (int is_open = 1; is_open || sleeping;) {
        if (wait_for_input(is_open)) is_open = read_burst();
        if (sleeping) wake(now_ns());
        flush_burst();
    }
    if (count) fprintf(stderr, "calls %llu bursts %llu\n", (unsigned long long)calls, (unsigned long long)bursts);
    return 0;
}
