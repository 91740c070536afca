/* verbs.h - the command line's own verbs: rows of launcher/cli/verb/
 *
 * A row there is `const struct action verb_<file>` with `local` set; its name
 * is the verb as it is typed, of one word or of two ("access-key create").
 */
#ifndef QAMI_CLI_VERBS_H
#define QAMI_CLI_VERBS_H

#include "images/base/buf.h"
#include "launcher/action/action.h"

/* In alphabetical order of their files; NULL-terminated, with their files. */
extern const struct action *const verb_table[];
extern const char *const verb_files[];

/* The verb of that name, a short one or an action's; NULL when there is none.
 * `qami ec2 describe-images` and `qami kms create-key` are understood too, as
 * is "access-key-create" for the short verb of two words: *ret_words says how
 * many words the verb took. */
const struct action *verb_find(const char *const *words, size_t *ret_words);

/* How a row is called on the command line, in one word: "run", "run-instances",
 * "access-key-create". */
void verb_name(const struct action *action, char ret_name[NAME_SIZE]);

/* How people type it: "access-key create", "ebs start-snapshot". */
void verb_typed(const struct action *action, char ret_text[NAME_SIZE]);

/* What follows the word in how the verb is typed, "create" in "account create",
 * of ret_text; NULL when the verb does not begin so. */
const char *verb_after(const struct action *action, const char *word,
		       char ret_text[NAME_SIZE]);

/* What may follow a word that only begins verbs: "create, list"; false when
 * the word begins none. */
bool verb_begins(const char *word, struct buf *ret_text);

/* Rows that are for other programs, not for people: no help lists them. */
bool verb_hidden(const struct action *action);

#endif
