/* What the fuzz targets share. A target is one file, fuzz_NAME.c, that gives arbitrary bytes to one
 * parser and says what must hold of the result. Under `make fuzz` libFuzzer makes the bytes up;
 * under `make test` replay.c gives it the files of corpus/NAME. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with the input, if what must hold does not. */
#define REQUIRE(condition)                                                                         \
    ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, __func__, #condition))

_Noreturn void fuzz_fail(const char *file, int line, const char *function, const char *condition);

/* A string with nothing behind it, so that reading on is seen. The caller frees it. */
char *fuzz_text(const uint8_t *data, size_t size);

/* What is left of an input that is taken apart. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

/* The next byte; 0 at the end. */
uint8_t fuzz_byte(struct fuzz_input *input);

/* The next line without its end, as a string; all the rest if there is no further line. The caller
 * frees it. */
char *fuzz_line(struct fuzz_input *input);

/* How many of LEFT bytes to take at once when they come in pieces: the same order of sizes for the
 * same *state, which begins as anything. */
size_t fuzz_piece(uint32_t *state, size_t left);

/* A folder for this process alone, made at the first call in TMPDIR and removed at the end. */
int fuzz_folder(void);
const char *fuzz_folder_path(void);

/* Removes it before the end, if it is there. */
void fuzz_remove_folder(void);

/* Puts a file into it, in place of the one of that name. */
void fuzz_write(const char *name, const uint8_t *data, size_t size);

/* That an error has the code RESULT and a sentence that can be shown anywhere. */
void fuzz_require_error(int result, const struct error *error);

/* That a file name is one file's and nothing else. */
void fuzz_require_filename(const char *name);

/* That every given value of an endpoint is within what its parameter declares. */
void fuzz_require_values(const struct endpoint *endpoint, const struct value *values);

/* The declaration of the program in cgi-bin that the next line names; of any one, if it names none.
 */
const struct endpoint *fuzz_endpoint(struct fuzz_input *input);

#endif
