/* Numbers as text. */
#ifndef NUMBER_H
#define NUMBER_H

enum { NUMBER_REAL_SIZE = 40 };

/* The shortest decimal form that is read back as the very same REAL, which always looks like one:
 * "1.0", "0.1", "1e+100"; "9e999" and "-9e999" for what is infinite, as SQL has it. */
void number_format_real(double number, char out[NUMBER_REAL_SIZE]);

#endif
