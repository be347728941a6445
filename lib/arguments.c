#include "arguments.h"

#include <string.h>

#include "text.h"

/* --- reading ------------------------------------------------------------------------------- */

struct reader {
    const struct endpoint *endpoint;
    int argc;
    char **argv;
    int next;
    struct value *values;
    bool json;
};

/* The option called NAME, of LENGTH characters. */
static const struct parameter *find_option(const struct reader *reader, const char *name,
                                           size_t length, struct value **ret_value)
{
    struct parameter_list list = reader->endpoint->parameters;
    for (size_t i = 0; i <= list.count; i++) {
        const struct parameter *parameter =
            i == list.count ? &endpoint_database_parameter : &list.items[i];
        if (!parameter_is_argument(parameter) && strlen(parameter->name) == length &&
            strncmp(parameter->name, name, length) == 0) {
            *ret_value = &reader->values[i];
            return parameter;
        }
    }
    return NULL;
}

/* What is told to somebody who mistyped must not be able to play with the terminal. */
static const char *printable(const char *argument)
{
    return text_length(argument) < 0 ? "(not printable)" : argument;
}

static int read_flag(const struct reader *reader, const char *name, size_t length,
                     struct error *error)
{
    static const char no[] = "no-";
    struct value *value;
    const struct parameter *parameter = find_option(reader, name, length, &value);
    if (parameter != NULL) {
        return parameter_set_text(parameter, "true", value, error);
    }
    if (strncmp(name, no, strlen(no)) == 0) {
        parameter = find_option(reader, name + strlen(no), length - strlen(no), &value);
    }
    if (parameter == NULL || parameter->kind != KIND_FLAG) {
        return error_set(error, ERR_BAD_REQUEST, "There is no option --%.100s.", printable(name));
    }
    return parameter_set_text(parameter, "false", value, error);
}

/* Reads the option at argv[next], without its dashes in NAME, and its value. */
static int read_option(struct reader *reader, const char *name, struct error *error)
{
    size_t length = strcspn(name, "=");
    struct value *value;
    const struct parameter *parameter = find_option(reader, name, length, &value);
    if (name[length] == '\0' && (parameter == NULL || parameter->kind == KIND_FLAG)) {
        return read_flag(reader, name, length, error);
    }
    if (parameter == NULL) {
        return error_set(error, ERR_BAD_REQUEST, "There is no option --%.100s.", printable(name));
    }
    if (name[length] == '=') {
        return parameter_set_text(parameter, name + length + 1, value, error);
    }
    if (reader->next + 1 >= reader->argc) {
        return error_set(error, ERR_BAD_REQUEST, "--%s needs a value: %s.", parameter->name,
                         parameter->help);
    }
    reader->next++;
    return parameter_set_text(parameter, reader->argv[reader->next], value, error);
}

/* An argument is the next one that is not given yet. */
static int read_argument(struct reader *reader, const char *text, struct error *error)
{
    struct parameter_list list = reader->endpoint->parameters;
    for (size_t i = 0; i < list.count; i++) {
        if (parameter_is_argument(&list.items[i]) && !reader->values[i].given) {
            return parameter_set_text(&list.items[i], text, &reader->values[i], error);
        }
    }
    return error_set(error, ERR_BAD_REQUEST, "\"%.100s\" is one argument too many.",
                     printable(text));
}

int arguments_read(const struct endpoint *endpoint, int argc, char **argv, struct value *values,
                   bool *ret_json, struct error *error)
{
    struct reader reader = {
        .endpoint = endpoint, .argc = argc, .argv = argv, .next = 1, .values = values};
    bool options = true;
    for (; reader.next < argc; reader.next++) {
        const char *text = argv[reader.next];
        int result = 0;
        if (options && strcmp(text, "--") == 0) {
            options = false;
        } else if (options && strcmp(text, "--json") == 0) {
            reader.json = true;
        } else if (options && strncmp(text, "--", 2) == 0) {
            result = read_option(&reader, text + 2, error);
        } else if (options && text[0] == '-') {
            result =
                error_set(error, ERR_BAD_REQUEST, "There is no option %.100s.", printable(text));
        } else {
            result = read_argument(&reader, text, error);
        }
        if (result < 0) {
            return result;
        }
    }
    *ret_json = reader.json;
    return parameter_require(endpoint->parameters, values, true, error);
}

/* --- help ---------------------------------------------------------------------------------- */

static const char *placeholder(const struct parameter *parameter)
{
    static const char *const names[] = {
        [KIND_FILENAME] = "FILENAME", [KIND_DATABASE] = "NAME", [KIND_TEXT] = "TEXT",
        [KIND_INTEGER] = "N",         [KIND_FLAG] = "",         [KIND_CHOICE] = "KIND",
        [KIND_TIME] = "TIME",         [KIND_PATH] = "PATH",     [KIND_TABLE] = "TABLE",
    };
    return names[parameter->kind];
}

/* The parameter as it is typed: "--label TEXT", "FILENAME|live". */
static void print_form(const struct parameter *parameter, char *out, size_t size)
{
    const char *value = placeholder(parameter);
    if (parameter_is_argument(parameter)) {
        snprintf(out, size, "%s%s%s", value, parameter->also == NULL ? "" : "|",
                 parameter->also == NULL ? "" : parameter->also);
    } else {
        snprintf(out, size, "--%s%s%s", parameter->name, value[0] == '\0' ? "" : " ", value);
    }
}

static void print_usage(const struct endpoint *endpoint, FILE *out)
{
    fprintf(out, "Usage: %s", endpoint->program);
    for (size_t i = 0; i < endpoint->parameters.count; i++) {
        const struct parameter *parameter = &endpoint->parameters.items[i];
        char form[100];
        print_form(parameter, form, sizeof form);
        fprintf(out, parameter->required ? " %s" : " [%s]", form);
    }
    fprintf(out, " [--database NAME] [--json]\n");
    if (endpoint->also != NULL) {
        fprintf(out, "       %s --%s [--database NAME]\n", endpoint->program,
                endpoint->also->option);
    }
}

static void print_parameter(const struct parameter *parameter, FILE *out)
{
    char form[100];
    print_form(parameter, form, sizeof form);
    fprintf(out, "  %-18s %s", form, parameter->help);
    if (parameter->kind == KIND_INTEGER) {
        fprintf(out, " (%lld to %lld)", (long long)parameter->minimum,
                (long long)parameter->maximum);
    }
    if (parameter->kind == KIND_TEXT) {
        fprintf(out, " (up to %lld characters)", (long long)parameter->maximum);
    }
    for (size_t i = 0; parameter->kind == KIND_CHOICE && parameter->choices[i] != NULL; i++) {
        fprintf(out, "%s%s", i == 0 ? ": " : ", ", parameter->choices[i]);
    }
    fputc('\n', out);
    if (parameter->kind == KIND_FLAG && parameter->source != FROM_OPTION) {
        fprintf(out, "  --no-%-13s the opposite\n", parameter->name);
    }
}

/* The other endpoint of the program, as one more option. */
static void print_also(const struct endpoint *also, FILE *out)
{
    char form[100];
    if (also != NULL) {
        snprintf(form, sizeof form, "--%s", also->option);
        fprintf(out, "  %-18s %s\n                     Over HTTP: %s %s\n", form, also->summary,
                also->method, also->path);
    }
}

static void print_settings(FILE *out)
{
    fputs("\nSettings, from the environment:\n", out);
    for (const struct config_setting *setting = config_settings; setting->name != NULL; setting++) {
        fprintf(out, "  %s\n      %s%s%s%s\n", setting->name, setting->help,
                setting->otherwise[0] == '\0' ? "" : " (default: ", setting->otherwise,
                setting->otherwise[0] == '\0' ? "" : ")");
    }
}

void arguments_help(const struct endpoint *endpoint, FILE *out)
{
    print_usage(endpoint, out);
    fprintf(out, "\n%s\n", endpoint->summary);
    if (endpoint->description != NULL) {
        fprintf(out, "\n%s\n", endpoint->description);
    }
    fputs("\nArguments and options:\n", out);
    for (size_t i = 0; i < endpoint->parameters.count; i++) {
        print_parameter(&endpoint->parameters.items[i], out);
    }
    print_parameter(&endpoint_database_parameter, out);
    print_also(endpoint->also, out);
    fputs(
        "  --json             the answer as JSON, as HTTP gives it; so it is, too, when standard\n"
        "                     output is no terminal\n"
        "  --help, --version  this text; the version\n",
        out);
    if (endpoint->lists_settings) {
        print_settings(out);
    } else {
        fputs("\nSettings come from the environment: health --help lists them.\n", out);
    }
    fprintf(
        out,
        "\nOver HTTP: %s %s\n"
        "\nExit status: 0 done, 64 wrong usage, 65 damaged or unusable input, 66 no such backup "
        "or\ndatabase, 69 a needed part is not there, 73 cannot write, 74 input/output error, "
        "75 busy:\ntry again, 77 not allowed.\n",
        endpoint->method, endpoint->path);
}
