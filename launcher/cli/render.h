/* render.h - an answer in the AWS CLI's output formats
 *
 * Byte for byte what the AWS CLI prints for the same answer; tests compare.
 * All of them print nothing for an answer without members.
 */
#ifndef QAMI_CLI_RENDER_H
#define QAMI_CLI_RENDER_H

#include <stdio.h>

#include "launcher/action/reply.h"

enum format {
	FORMAT_NONE,
	FORMAT_JSON,
	FORMAT_TEXT,
	FORMAT_TABLE,
	FORMAT_YAML,
	FORMAT_YAML_STREAM,
};

/* The format of that name; FORMAT_NONE when there is none. */
enum format format_find(const char *name);

void render_json(const struct node *node, FILE *out);

/* JSON without a blank or line feed. */
void render_compact(const struct node *node, FILE *out);

void render_text(const struct node *node, FILE *out);

/* `stream`: as a list of one, which the AWS CLI prints of each page. */
void render_yaml(const struct node *node, bool stream, FILE *out);

/* `title` is the operation's name. `width` is the terminal's; tables that are
 * wider turn their single rows upright. False when rows of one list have
 * different lengths, which only a query can bring about. */
bool render_table(const struct node *node, const char *title, int width,
		  bool color, FILE *out, struct error *err) must_check;

/* Whether a node has something to show: a hidden member has not. */
bool node_shown(const struct node *struct_member);

/* The first shown member of a structure or first element of a list, and the
 * one after another; NULL at the end. */
const struct node *node_first(const struct node *node);
const struct node *node_next(const struct node *node);

/* Whether a node is neither structure nor list. */
bool node_scalar(const struct node *node);

/* A scalar as Python's str() has it: True, None, 4.0. Borrows the node's text
 * or writes into the buffer. */
#define SCALAR_SIZE 48
const char *node_text(const struct node *node, char buffer[SCALAR_SIZE]);

#endif
