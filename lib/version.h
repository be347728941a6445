/* The version of all programs (https://semver.org). */
#ifndef VERSION_H
#define VERSION_H

#define VERSION "0.1.0"

#endif
