/* Health: what somebody should know before it hurts. */
#ifndef HEALTH_H
#define HEALTH_H

#include <cjson/cJSON.h>

#include "catalog.h"
#include "config.h"

enum health_status { HEALTH_OK, HEALTH_DEGRADED, HEALTH_FAILING };

/* Checks the database and its backups; *ret_report is
 * {"status","checks":{name:{"status","detail"}}}, which the caller frees. Returns the worst status.
 * Changes nothing, and waits for nobody. */
enum health_status health_check(const struct database *database, cJSON **ret_report);

/* The report where not even the folder of the default database can be found, for the reason in
 * ERROR. */
enum health_status health_of_none(const struct error *error, cJSON **ret_report);

#endif
