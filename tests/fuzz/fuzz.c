#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

_Noreturn void fuzz_fail(const char *file, int line, const char *function, const char *condition)
{
    fprintf(stderr, "%s:%d: %s: this does not hold: %s\n", file, line, function, condition);
    fuzz_remove_folder();
    abort();
}

/* --- taking inputs apart -------------------------------------------------------------------- */

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    REQUIRE(text != NULL);
    memcpy(text, data == NULL ? (const uint8_t *)"" : data, size);
    text[size] = '\0';
    return text;
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->size == 0) {
        return 0;
    }
    input->size--;
    return *input->data++;
}

char *fuzz_line(struct fuzz_input *input)
{
    const uint8_t *end = input->size == 0 ? NULL : memchr(input->data, '\n', input->size);
    size_t length = end == NULL ? input->size : (size_t)(end - input->data);
    size_t taken = end == NULL ? length : length + 1;
    char *line = fuzz_text(input->data, length);
    input->data = taken == 0 ? input->data : input->data + taken;
    input->size -= taken;
    return line;
}

size_t fuzz_piece(uint32_t *state, size_t left)
{
    *state = *state * 1664525 + 1013904223;
    size_t wanted = (size_t)1 << (*state >> 29);
    return wanted < left ? wanted : left;
}

/* --- files ---------------------------------------------------------------------------------- */

static struct {
    char path[256];
    int fd;
} folder = {.fd = -1};

void fuzz_remove_folder(void)
{
    if (folder.fd >= 0) {
        file_remove_folder(AT_FDCWD, folder.path);
    }
}

int fuzz_folder(void)
{
    if (folder.fd < 0) {
        const char *parent = getenv("TMPDIR");
        snprintf(folder.path, sizeof folder.path, "%s/fuzz.XXXXXX",
                 parent == NULL ? "/tmp" : parent);
        REQUIRE(mkdtemp(folder.path) != NULL);
        folder.fd = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        REQUIRE(folder.fd >= 0 && atexit(fuzz_remove_folder) == 0);
    }
    return folder.fd;
}

const char *fuzz_folder_path(void)
{
    (void)fuzz_folder();
    return folder.path;
}

void fuzz_write(const char *name, const uint8_t *data, size_t size)
{
    int fd = openat(fuzz_folder(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

/* --- what must hold of every result --------------------------------------------------------- */

void fuzz_require_error(int result, const struct error *error)
{
    REQUIRE(result < 0 && result > ERR_CODE_END);
    REQUIRE(result == error->code);
    REQUIRE(error->detail[0] != '\0' && text_length(error->detail) > 0);
}

void fuzz_require_filename(const char *name)
{
    REQUIRE(strlen(name) > 3 && strlen(name) <= FILENAME_MAX_BYTES);
    REQUIRE(strcmp(name + strlen(name) - 3, ".db") == 0);
    REQUIRE(strpbrk(name, "/\\%:*?\"<>|\r\n\t") == NULL);
    REQUIRE(strchr(".- ", name[0]) == NULL);
    REQUIRE(text_length(name) > 0);
}

static void require_choice(const struct parameter *parameter, const struct value *value)
{
    int64_t count = 0;
    while (parameter->choices[count] != NULL) {
        count++;
    }
    REQUIRE(value->integer >= 0 && value->integer < count);
    REQUIRE(strcmp(value->text, parameter->choices[value->integer]) == 0);
}

static void require_value(const struct parameter *parameter, const struct value *value)
{
    char file[FILENAME_SIZE + sizeof ".db"];
    bool is_word = parameter->also != NULL && strcmp(value->text, parameter->also) == 0;
    switch (parameter->kind) {
    case KIND_FILENAME:
        is_word ? (void)0 : fuzz_require_filename(value->text);
        break;
    case KIND_DATABASE:
        snprintf(file, sizeof file, "%s.db", value->text);
        fuzz_require_filename(file);
        break;
    case KIND_TEXT:
        REQUIRE(text_length(value->text) >= 0 && text_length(value->text) <= parameter->maximum);
        break;
    case KIND_INTEGER:
        REQUIRE(value->integer >= parameter->minimum && value->integer <= parameter->maximum);
        break;
    case KIND_FLAG:
        REQUIRE(value->flag == (strcmp(value->text, "true") == 0));
        break;
    case KIND_CHOICE:
        require_choice(parameter, value);
        break;
    case KIND_TIME:
        REQUIRE(is_word ? value->integer == 0 : value->integer > 0);
        break;
    case KIND_TABLE:
    case KIND_PATH:
        break;
    }
}

void fuzz_require_values(const struct endpoint *endpoint, const struct value *values)
{
    for (size_t i = 0; i <= endpoint->parameters.count; i++) {
        const struct parameter *parameter = i == endpoint->parameters.count
                                                ? &endpoint_database_parameter
                                                : &endpoint->parameters.items[i];
        if (values[i].text != NULL) {
            REQUIRE(values[i].given);
            require_value(parameter, &values[i]);
        } else {
            REQUIRE(!values[i].given || parameter->nullable);
            REQUIRE(values[i].integer == 0 && !values[i].flag);
        }
    }
}
