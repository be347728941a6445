#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* How many digits may be enough, and how many always are. */
enum { DIGITS_OFTEN = 15, DIGITS_ALWAYS = 17 };

void number_format_real(double number, char out[NUMBER_REAL_SIZE])
{
    if (isinf(number)) {
        snprintf(out, NUMBER_REAL_SIZE, number < 0 ? "-9e999" : "9e999");
        return;
    }
    int digits = DIGITS_OFTEN;
    do {
        snprintf(out, NUMBER_REAL_SIZE, "%.*g", digits, number);
    } while (digits++ < DIGITS_ALWAYS && strtod(out, NULL) != number);
    if (strpbrk(out, ".e") == NULL) {
        text_append(out, NUMBER_REAL_SIZE, ".0");
    }
}
