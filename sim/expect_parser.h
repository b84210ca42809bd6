/* What the two halves of the expectation's reader share. */
#ifndef VHM_SIM_EXPECT_PARSER_H
#define VHM_SIM_EXPECT_PARSER_H

#include "expect_node.h"

struct parser {
  const char *text, *cursor;
  struct token token; /* the next one, not yet consumed */
  unsigned depth;
  vhm_expect *expect;
  struct window final; /* set if the text ended with a window */
  GError **error;
};

typedef struct node *(*parse_fn) (struct parser *);

struct node *vhm_expect_node_new (enum node_kind kind, uint32_t column);

bool vhm_expect_advance (struct parser *p);
bool vhm_expect_is_at (const struct parser *p, enum token_kind kind,
                       const char *text);
/* Takes this sign, or says that it was expected. */
bool vhm_expect_consume (struct parser *p, const char *sign);
/* "found X; expected Y" at the next token. */
bool vhm_expect_refuse (struct parser *p, const char *expected);

bool vhm_expect_parse_when (struct parser *p, struct when *when);
/* A number, a series or a call; `inner` reads an argument. */
struct node *vhm_expect_parse_atom (struct parser *p, parse_fn inner);

#endif
