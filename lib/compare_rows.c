#include "compare_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "database.h"
#include "json.h"
#include "number.h"
#include "table.h"
#include "text.h"

/* Samples of each kind of change, and how much of a value they show. */
enum { SAMPLES = 3, TEXT_SHOWN = 200, BLOB_SHOWN = 64, BLOB_DIGITS = 2 * BLOB_SHOWN };

enum { FROM, TO };

/* One of the two tables. Both statements give the common columns, then its other ones, then what
 * tells the row from others. */
struct side {
    sqlite3 *db; /* NULL: there is no such table */
    struct table table;
    sqlite3_stmt *walk; /* all rows */
    sqlite3_stmt *find; /* the one with a certain key; NULL: there is no common key */
};

/* By what rows are found. */
enum key { BY_NOTHING, BY_ROWID, BY_KEY, BY_KEY_AND_ROWID };

struct comparison {
    const char *name;
    struct side sides[2];
    int common; /* how many columns both have */
    enum key key;
    int key_columns; /* 0 where the rowid alone is the key */
    int64_t added, removed, changed;
    cJSON *samples;
    size_t *samples_left;
    struct error *error;
};

/* --- statements ---------------------------------------------------------------------------- */

static bool have_same_key(const struct table *a, const struct table *b)
{
    if (a->key_count != b->key_count || a->key_count == 0) {
        return false;
    }
    for (int i = 0; i < a->key_count; i++) {
        const char *ours = a->key[i].collation;
        const char *theirs = b->key[i].collation;
        if (strcmp(a->key[i].name, b->key[i].name) != 0 || (ours == NULL) != (theirs == NULL) ||
            (ours != NULL && strcmp(ours, theirs) != 0)) {
            return false;
        }
    }
    return true;
}

/* SQLite's own collations. What stands in for another one does not know its order: the index cannot
 * be used. */
static bool has_known_order(const struct table *table)
{
    for (int i = 0; i < table->key_count; i++) {
        const char *collation = table->key[i].collation;
        if (collation != NULL && strcasecmp(collation, "BINARY") != 0 &&
            strcasecmp(collation, "NOCASE") != 0 && strcasecmp(collation, "RTRIM") != 0) {
            return false;
        }
    }
    return true;
}

static enum key choose_key(const struct table *from, const struct table *to)
{
    bool have_rowid = from->rowid != NULL && to->rowid != NULL;
    if (have_same_key(from, to) && (has_known_order(from) || !have_rowid)) {
        return have_rowid ? BY_KEY_AND_ROWID : BY_KEY;
    }
    return have_rowid ? BY_ROWID : BY_NOTHING;
}

static bool has_rowid(const struct comparison *comparison)
{
    return comparison->key == BY_ROWID || comparison->key == BY_KEY_AND_ROWID;
}

static void append_column(sqlite3_str *sql, const char *name)
{
    sqlite3_str_appendf(sql, "%s\"%w\"", sqlite3_str_length(sql) == 0 ? "SELECT " : ", ", name);
}

static void append_columns(const struct comparison *comparison, const struct side *side,
                           sqlite3_str *sql)
{
    const struct table *first = &comparison->sides[FROM].table;
    const struct table *other = &comparison->sides[TO].table;
    for (int i = 0; i < first->column_count; i++) {
        if (table_has_column(other, first->columns[i])) {
            append_column(sql, first->columns[i]);
        }
    }
    const struct table *absent = side == &comparison->sides[FROM] ? other : first;
    for (int i = 0; i < side->table.column_count; i++) {
        if (!table_has_column(absent, side->table.columns[i])) {
            append_column(sql, side->table.columns[i]);
        }
    }
    for (int i = 0; i < comparison->key_columns; i++) {
        append_column(sql, side->table.key[i].name);
    }
    if (has_rowid(comparison)) {
        append_column(sql, side->table.rowid);
    }
}

/* The parameters are the columns of the key, then the rowid. One that is not needed is NULL. */
static void append_key(const struct comparison *comparison, const struct side *side,
                       sqlite3_str *sql)
{
    const char *word = "WHERE";
    int count = comparison->key_columns;
    bool has_order = has_known_order(&side->table);
    for (int i = 0; i < count; i++) {
        const struct table_key_column *column = &side->table.key[i];
        sqlite3_str_appendf(sql, " %s \"%w\"", word, column->name);
        if (column->collation != NULL) {
            sqlite3_str_appendf(sql, " COLLATE \"%w\"", has_order ? column->collation : "BINARY");
        }
        sqlite3_str_appendf(sql, " IS ?%d", i + 1);
        word = "AND";
    }
    if (comparison->key == BY_ROWID) {
        sqlite3_str_appendf(sql, " WHERE \"%w\" = ?1", side->table.rowid);
    } else if (comparison->key == BY_KEY_AND_ROWID) {
        sqlite3_str_appendf(sql, " AND (?%d IS NULL OR \"%w\" = ?%d)", count + 1, side->table.rowid,
                            count + 1);
    }
}

static int prepare(const struct comparison *comparison, const struct side *side, bool by_key,
                   sqlite3_stmt **ret_statement)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    append_columns(comparison, side, sql);
    if (by_key) {
        sqlite3_str_appendf(sql, " FROM main.\"%w\"", comparison->name);
        append_key(comparison, side, sql);
    } else {
        table_append_from(&side->table, comparison->name, sql);
    }
    char *text = sqlite3_str_finish(sql);
    if (text == NULL) {
        return error_memory(comparison->error);
    }
    int rc = sqlite3_prepare_v2(side->db, text, -1, ret_statement, NULL);
    sqlite3_free(text);
    return rc == SQLITE_OK ? 0
                           : database_error(side->db, rc, "compare the rows", comparison->error);
}

static int prepare_side(const struct comparison *comparison, struct side *side)
{
    if (side->db == NULL) {
        return 0;
    }
    int result = prepare(comparison, side, false, &side->walk);
    if (result == 0 && comparison->key != BY_NOTHING) {
        result = prepare(comparison, side, true, &side->find);
    }
    return result;
}

/* --- rows ---------------------------------------------------------------------------------- */

static bool are_same_bytes(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    const void *ours = sqlite3_column_blob(a, column);
    const void *theirs = sqlite3_column_blob(b, column);
    int size = sqlite3_column_bytes(a, column);
    if (size != sqlite3_column_bytes(b, column)) {
        return false;
    }
    return size == 0 || ours == NULL || theirs == NULL || memcmp(ours, theirs, (size_t)size) == 0;
}

static bool are_same_values(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    int type = sqlite3_column_type(a, column);
    if (type != sqlite3_column_type(b, column)) {
        return false;
    }
    switch (type) {
    case SQLITE_INTEGER:
        return sqlite3_column_int64(a, column) == sqlite3_column_int64(b, column);
    case SQLITE_FLOAT:
        return sqlite3_column_double(a, column) == sqlite3_column_double(b, column);
    case SQLITE_TEXT:
        /* As UTF-8, whatever the two databases keep. */
        (void)sqlite3_column_text(a, column);
        (void)sqlite3_column_text(b, column);
        return are_same_bytes(a, b, column);
    case SQLITE_BLOB:
        return are_same_bytes(a, b, column);
    default:
        return true;
    }
}

static bool are_same_rows(const struct comparison *comparison, sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (int i = 0; i < comparison->common; i++) {
        if (!are_same_values(a, b, i)) {
            return false;
        }
    }
    return true;
}

/* Looks the row of WALK up on the OTHER side: SQLITE_ROW, SQLITE_DONE, or an error. */
static int find(const struct comparison *comparison, const struct side *walker,
                const struct side *other)
{
    if (other->find == NULL) {
        return SQLITE_DONE;
    }
    sqlite3_reset(other->find);
    sqlite3_clear_bindings(other->find);
    int at = walker->table.column_count;
    int count = comparison->key_columns;
    bool needs_rowid = comparison->key == BY_ROWID;
    for (int i = 0; i < count; i++) {
        sqlite3_bind_value(other->find, i + 1, sqlite3_column_value(walker->walk, at + i));
        needs_rowid = needs_rowid || sqlite3_column_type(walker->walk, at + i) == SQLITE_NULL;
    }
    if (needs_rowid && has_rowid(comparison)) {
        sqlite3_bind_value(other->find, count + 1, sqlite3_column_value(walker->walk, at + count));
    }
    return sqlite3_step(other->find);
}

/* --- samples ------------------------------------------------------------------------------- */

/* The beginning of a text, as one line. */
static cJSON *text_sample(const char *text, size_t length)
{
    char shown[TEXT_SHOWN + sizeof "…"];
    size_t end = length < TEXT_SHOWN ? length : TEXT_SHOWN;
    /* Not within a character. */
    while (end < length && end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80) {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        shown[i] = (char)(text[i] == '\0' ? ' ' : text[i]);
    }
    shown[end] = '\0';
    text_make_printable(shown);
    if (end < length) {
        text_append(shown, sizeof shown, "…");
    }
    return cJSON_CreateString(shown);
}

static cJSON *blob_sample(const unsigned char *bytes, size_t size)
{
    char shown[sizeof "x''…" + BLOB_DIGITS] = "x'";
    size_t end = 2;
    for (size_t i = 0; i < size && i < BLOB_SHOWN; i++) {
        end += (size_t)snprintf(shown + end, sizeof shown - end, "%02x", bytes[i]);
    }
    text_append(shown, sizeof shown, size > BLOB_SHOWN ? "…'" : "'");
    return cJSON_CreateString(shown);
}

/* Numbers with all their digits, which cJSON would not keep; JSON has none that is infinite. */
static cJSON *value_sample(sqlite3_stmt *row, int column)
{
    char digits[NUMBER_REAL_SIZE];
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        snprintf(digits, sizeof digits, "%" PRId64, (int64_t)sqlite3_column_int64(row, column));
        return cJSON_CreateRaw(digits);
    case SQLITE_FLOAT:
        number_format_real(sqlite3_column_double(row, column), digits);
        return isinf(sqlite3_column_double(row, column)) ? cJSON_CreateString(digits)
                                                         : cJSON_CreateRaw(digits);
    case SQLITE_TEXT:
        return text_sample((const char *)sqlite3_column_text(row, column),
                           (size_t)sqlite3_column_bytes(row, column));
    case SQLITE_BLOB:
        return blob_sample(sqlite3_column_blob(row, column),
                           (size_t)sqlite3_column_bytes(row, column));
    default:
        return cJSON_CreateNull();
    }
}

static cJSON *row_sample(sqlite3_stmt *row, int begin, int end, size_t *left)
{
    if (row == NULL) {
        return cJSON_CreateNull();
    }
    cJSON *object = cJSON_CreateObject();
    for (int i = begin; i < end; i++) {
        char name[TEXT_SHOWN];
        cJSON *value = value_sample(row, i);
        snprintf(name, sizeof name, "%s", sqlite3_column_name(row, i));
        text_make_printable(name);
        size_t size = strlen(name) + sizeof "\"\":,";
        size += value != NULL && value->valuestring != NULL ? strlen(value->valuestring) : 4;
        *left -= *left < size ? *left : size;
        cJSON_AddItemToObject(object, name, value);
    }
    return object;
}

static void add_sample(struct comparison *comparison, const char *change, sqlite3_stmt *from,
                       sqlite3_stmt *to)
{
    const struct side *side = &comparison->sides[from == NULL ? TO : FROM];
    int columns = side->table.column_count;
    int keys = comparison->key_columns;
    /* A key is shown by its own columns, else by the rowid. */
    int key_end = columns + (keys > 0 ? keys : has_rowid(comparison) ? 1 : 0);
    cJSON *sample = cJSON_CreateObject();
    json_add_text(sample, "change", change);
    cJSON_AddItemToObject(
        sample, "key",
        row_sample(from == NULL ? to : from, columns, key_end, comparison->samples_left));
    cJSON_AddItemToObject(sample, "from", row_sample(from, 0, columns, comparison->samples_left));
    cJSON_AddItemToObject(
        sample, "to",
        row_sample(to, 0, comparison->sides[TO].table.column_count, comparison->samples_left));
    cJSON_AddItemToArray(comparison->samples, sample);
}

static void count(struct comparison *comparison, int64_t *counter, const char *change,
                  sqlite3_stmt *from, sqlite3_stmt *to)
{
    if (*counter<SAMPLES && * comparison->samples_left> 0) {
        add_sample(comparison, change, from, to);
    }
    (*counter)++;
}

/* --- all of it ----------------------------------------------------------------------------- */

static void judge_row(struct comparison *comparison, bool is_found, int walker)
{
    sqlite3_stmt *from = comparison->sides[FROM].walk;
    if (walker == TO) {
        if (!is_found) {
            count(comparison, &comparison->added, "added", NULL, comparison->sides[TO].walk);
        }
    } else if (!is_found) {
        count(comparison, &comparison->removed, "removed", from, NULL);
    } else if (!are_same_rows(comparison, from, comparison->sides[TO].find)) {
        count(comparison, &comparison->changed, "changed", from, comparison->sides[TO].find);
    }
}

/* Walks through the rows of one side. */
static int walk(struct comparison *comparison, int walker)
{
    const struct side *side = &comparison->sides[walker];
    const struct side *other = &comparison->sides[FROM + TO - walker];
    int rc = SQLITE_DONE;
    while (side->walk != NULL && (rc = sqlite3_step(side->walk)) == SQLITE_ROW) {
        int found = find(comparison, side, other);
        if (found != SQLITE_ROW && found != SQLITE_DONE) {
            return database_error(other->db, found, "compare the rows", comparison->error);
        }
        judge_row(comparison, found == SQLITE_ROW, walker);
        /* A value is nothing where there was no memory for it. */
        if (database_lacked_memory(side->db) || database_lacked_memory(other->db)) {
            return error_memory(comparison->error);
        }
    }
    return rc == SQLITE_DONE ? 0
                             : database_error(side->db, rc, "compare the rows", comparison->error);
}

static int read_tables(struct comparison *comparison)
{
    struct side *sides = comparison->sides;
    for (int i = FROM; i <= TO; i++) {
        int result = sides[i].db == NULL ? 0
                                         : table_read(sides[i].db, comparison->name,
                                                      &sides[i].table, comparison->error);
        if (result < 0) {
            return result;
        }
    }
    for (int i = 0; i < sides[FROM].table.column_count; i++) {
        comparison->common += table_has_column(&sides[TO].table, sides[FROM].table.columns[i]);
    }
    const struct table *from = &sides[sides[FROM].db == NULL ? TO : FROM].table;
    const struct table *to = &sides[sides[TO].db == NULL ? FROM : TO].table;
    comparison->key = choose_key(from, to);
    bool has_key = comparison->key == BY_KEY || comparison->key == BY_KEY_AND_ROWID;
    comparison->key_columns = has_key ? from->key_count : 0;
    return 0;
}

static void add_difference(const struct comparison *comparison, cJSON *tables)
{
    cJSON *table = cJSON_CreateObject();
    json_add_printable(table, "name", comparison->name);
    json_add_integer(table, "added", comparison->added);
    json_add_integer(table, "removed", comparison->removed);
    json_add_integer(table, "changed", comparison->changed);
    cJSON_AddItemToObject(table, "samples", comparison->samples);
    cJSON_AddItemToArray(tables, table);
}

static int compare(struct comparison *comparison)
{
    int result = read_tables(comparison);
    for (int i = FROM; i <= TO && result == 0; i++) {
        result = prepare_side(comparison, &comparison->sides[i]);
    }
    for (int i = FROM; i <= TO && result == 0; i++) {
        result = walk(comparison, i);
    }
    return result;
}

int compare_rows(sqlite3 *from, sqlite3 *to, const char *name, size_t *samples_left, cJSON *tables,
                 struct error *error)
{
    struct comparison comparison = {.name = name,
                                    .sides = {{.db = from}, {.db = to}},
                                    .samples = cJSON_CreateArray(),
                                    .error = error};
    comparison.samples_left = samples_left;
    int result = compare(&comparison);
    if (result == 0 && comparison.added + comparison.removed + comparison.changed > 0) {
        add_difference(&comparison, tables);
    } else {
        cJSON_Delete(comparison.samples);
    }
    for (int i = FROM; i <= TO; i++) {
        sqlite3_finalize(comparison.sides[i].walk);
        sqlite3_finalize(comparison.sides[i].find);
        table_free(&comparison.sides[i].table);
    }
    return result;
}
