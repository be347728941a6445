/* The survey as Prometheus reads it: README.md lists the families. */
#ifndef SURVEY_METRICS_H
#define SURVEY_METRICS_H

#include "survey.h"

/* Looks at DATABASE, or at all of them if it is NULL, and writes what there is to tell as text,
 * which the caller frees. Not even the catalog needs to be readable. ERR_BUSY: somebody else is
 * looking. ERR_UNAVAILABLE: no memory. */
int survey_metrics(const struct config *config, const struct database *database, char **ret_text,
                   struct error *error);

#endif
