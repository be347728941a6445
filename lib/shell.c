#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "arguments.h"
#include "file.h"
#include "json.h"
#include "openapi.h"
#include "version.h"

static bool is_question(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 ||
           strcmp(argument, "--version") == 0 || strcmp(argument, "--openapi") == 0;
}

const char *shell_find_question(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_question(argv[i])) {
            return argv[i];
        }
    }
    return NULL;
}

int shell_answer_question(const struct endpoint *endpoint, const char *question)
{
    if (strcmp(question, "--version") == 0) {
        printf("%s %s\n", endpoint->program, VERSION);
    } else if (strcmp(question, "--openapi") != 0) {
        arguments_help(endpoint, stdout);
    } else if (openapi_print(endpoint, stdout) != 0) {
        return EX_SOFTWARE;
    }
    return EX_OK;
}

static bool is_option(const char *argument, const char *name)
{
    return strncmp(argument, "--", 2) == 0 && strcmp(argument + 2, name) == 0;
}

const struct endpoint *shell_choose(const struct endpoint *endpoint, int *argc, char **argv)
{
    if (endpoint->also == NULL) {
        return endpoint;
    }
    for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        if (is_option(argv[i], endpoint->also->option)) {
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof *argv);
            (*argc)--;
            return endpoint->also;
        }
    }
    return endpoint;
}

/* --- progress ------------------------------------------------------------------------------ */

enum { BAR_WIDTH = 30 };

static void draw_bar(void *context, const char *phase, uint64_t done, uint64_t total)
{
    (void)context;
    int filled = total == 0 ? 0 : (int)(done * BAR_WIDTH / total);
    fprintf(stderr, "\r%-12s [%.*s%*s] %3d%%", phase, filled, "##############################",
            BAR_WIDTH - filled, "", total == 0 ? 0 : (int)(done * 100 / total));
}

static void erase_bar(void)
{
    fputs("\r\033[K", stderr);
}

/* --- files --------------------------------------------------------------------------------- */

/* What is written under a name appears there whole or not at all, and never over another file. */
static int save_as(const struct response *response, const char *path, struct error *error)
{
    char unfinished[PATH_MAX];
    if (snprintf(unfinished, sizeof unfinished, "%s.part-%ld", path, (long)getpid()) >=
        (int)sizeof unfinished) {
        return error_set(error, ERR_BAD_REQUEST, "The path %.200s... is too long.", path);
    }
    int to_fd = file_open(AT_FDCWD, unfinished, O_RDWR | O_CREAT | O_EXCL, error);
    if (to_fd < 0) {
        return to_fd == ERR_NOT_FOUND
                   ? error_set(error, ERR_NO_ROOM, "There is no folder for %s.", path)
                   : to_fd;
    }
    int result = file_copy(response->file.fd, to_fd, response->file.size, NULL, "copying", error);
    if (result == 0) {
        result = file_sync(to_fd, path, error);
    }
    file_close(to_fd);
    if (result == 0) {
        result = file_publish(AT_FDCWD, unfinished, AT_FDCWD, path, error);
    }
    if (result < 0) {
        unlink(unfinished);
    }
    return result;
}

static int pour_out(const struct response *response, struct error *error)
{
    char piece[64 << 10];
    ssize_t got;
    if (isatty(STDOUT_FILENO)) {
        return error_set(error, ERR_BAD_REQUEST,
                         "Standard output is a terminal: add --output PATH.");
    }
    while ((got = read(response->file.fd, piece, sizeof piece)) > 0) {
        if (fwrite(piece, 1, (size_t)got, stdout) != (size_t)got) {
            return error_system(error, errno, "Cannot write to standard output");
        }
    }
    if (got < 0 || fflush(stdout) != 0) {
        return error_system(error, errno, "Cannot write to standard output");
    }
    return 0;
}

/* Delivers the file of a response; one that went to a path leaves a JSON answer. */
static int deliver_file(struct response *response)
{
    const char *output = response->file.output;
    if (output == NULL || strcmp(output, "-") == 0) {
        return pour_out(response, &response->error);
    }
    int result = save_as(response, output, &response->error);
    if (result == 0) {
        response->json = cJSON_CreateObject();
        json_add_text(response->json, "filename", response->file.filename);
        json_add_integer(response->json, "size", response->file.size);
        json_add_text(response->json, "output", output);
    }
    return result;
}

/* --- streams ------------------------------------------------------------------------------- */

static int write_out(void *context, const char *data, size_t size, struct error *error)
{
    bool *reader_left = context;
    if (fwrite(data, 1, size, stdout) == size) {
        return 0;
    }
    *reader_left = errno == EPIPE;
    return error_system(error, errno, "Cannot write to standard output");
}

/* A reader that left early (head, less) has what it wanted. */
static int deliver_stream(struct response *response)
{
    bool reader_left = false;
    const struct sink sink = {
        .write = write_out, .context = &reader_left, .is_terminal = isatty(STDOUT_FILENO) == 1};
    int result = response->stream.write(response->stream.context, &sink, &response->error);
    return reader_left ? 0 : result;
}

/* --- all of it ----------------------------------------------------------------------------- */

/* Prints all of it, or nothing: false for lack of memory. */
static bool print_json(const cJSON *json)
{
    char *text = json_print(json, true);
    if (text != NULL) {
        fputs(text, stdout);
        fputs("\n", stdout);
    }
    free(text);
    return text != NULL;
}

static int finish(const struct endpoint *endpoint, int result, struct response *response, bool json)
{
    if (result == 0 && response->file.fd >= 0) {
        result = deliver_file(response);
    }
    if (result == 0 && response->stream.write != NULL) {
        result = deliver_stream(response);
    }
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", endpoint->program, response->error.detail);
        return error_meaning(result)->exit_status;
    }
    if (response->warning.code < 0) {
        fprintf(stderr, "%s: warning: %s\n", endpoint->program, response->warning.detail);
    }
    if (response->text != NULL) {
        fputs(response->text, stdout);
    }
    if (response->json != NULL && (json || !isatty(STDOUT_FILENO))) {
        if (!print_json(response->json)) {
            fprintf(stderr, "%s: There is not enough memory for the answer.\n", endpoint->program);
            return EX_UNAVAILABLE;
        }
    } else if (response->json != NULL) {
        endpoint->print(response->json, stdout);
    }
    int flushed = fflush(stdout);
    /* A reader that left early (head, less) has what it wanted; a full disk has not. */
    if ((flushed != 0 || ferror(stdout)) && errno != EPIPE) {
        fprintf(stderr, "%s: Cannot write to standard output: %s.\n", endpoint->program,
                strerror(errno));
        return EX_IOERR;
    }
    return response->exit_status;
}

/* More than a machine with all its services has; a longer list's user is told by number. */
enum { PASSWD_LIMIT = 1 << 20, USER_NAME_SIZE = 64 };

/* Takes the name from a line "name:x:uid:..." that is the user's. */
static bool take_name(char *line, uid_t uid, char out[USER_NAME_SIZE])
{
    char *rest = line;
    const char *name = strsep(&rest, ":");
    (void)strsep(&rest, ":");
    const char *number = strsep(&rest, ":");
    if (number == NULL || number[0] == '\0' || strtoul(number, NULL, 10) != uid) {
        return false;
    }
    snprintf(out, USER_NAME_SIZE, "%.*s", USER_NAME_SIZE - 1, name);
    return true;
}

/* The name of the user who types, or their number. Not by the C library, which loads whatever
 * /etc/nsswitch.conf names for that, and ends the program if it lacks the memory. */
static void find_user_name(char out[USER_NAME_SIZE])
{
    char *text;
    struct error ignored;
    bool found = false;
    snprintf(out, USER_NAME_SIZE, "user %ld", (long)getuid());
    if (file_read(AT_FDCWD, "/etc/passwd", PASSWD_LIMIT, &text, &ignored) < 0) {
        return;
    }
    char *rest = text;
    for (char *line; !found && (line = strsep(&rest, "\n")) != NULL;) {
        found = take_name(line, getuid(), out);
    }
    free(text);
}

static int call_confined(const struct call *call, struct response *response)
{
    static const struct progress bar = {.report = draw_bar};
    struct sandbox sandbox;
    bool shows_bar = call->endpoint->streams_progress && isatty(STDERR_FILENO);
    const char *output = parameter_text_of(call->endpoint->parameters, KIND_PATH, call->values);
    int result =
        sandbox_enter(call->endpoint->touches, call->config, output, &sandbox, &response->error);
    if (result == 0) {
        result = endpoint_call(call, shows_bar ? &bar : NULL, response);
    }
    if (shows_bar) {
        erase_bar();
    }
    return result;
}

int shell_run(const struct endpoint *endpoint, const struct config *config, int argc, char **argv)
{
    char user_name[USER_NAME_SIZE];
    struct call call = {.endpoint = endpoint, .config = config, .caller = {.actor = user_name}};
    struct response response = ENDPOINT_RESPONSE_NONE;
    bool json = false;
    int status;
    /* Looked up while the list of users can be read. */
    find_user_name(user_name);
    int result = arguments_read(endpoint, argc, argv, call.values, &json, &response.error);
    if (result < 0) {
        status = error_meaning(result)->exit_status;
        fprintf(stderr, "%s: %s%s%s%s\n", endpoint->program, response.error.detail,
                status == EX_USAGE ? " See " : "", status == EX_USAGE ? endpoint->program : "",
                status == EX_USAGE ? " --help." : "");
    } else {
        result = call_confined(&call, &response);
        status = finish(endpoint, result, &response, json);
    }
    endpoint_free_response(&response);
    endpoint_free_call(&call);
    return status;
}
