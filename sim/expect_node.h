/* The tree of an expectation, shared by its reader, checker and evaluator. */
#ifndef VHM_SIM_EXPECT_NODE_H
#define VHM_SIM_EXPECT_NODE_H

#include <vhm/base/error.h>
#include <vhm/sim/expect.h>

/* --- tokens ---------------------------------------------------------- */

enum token_kind {
  TOKEN_END,
  TOKEN_NUMBER, /* number in the base unit, unit */
  TOKEN_CLOCK,  /* number: seconds after midnight */
  TOKEN_WORD,   /* function, keyword or series */
  TOKEN_SIGN,   /* one or two characters */
};

struct token {
  enum token_kind kind;
  uint32_t column;
  const char *start;
  size_t length;
  double number;
  enum vhm_unit unit;
};

/* The token at *cursor, which moves behind it. */
bool vhm_expect_lex (const char *text, const char **cursor,
                     struct token *ret_token, GError **error);

/* --- tree ------------------------------------------------------------ */

enum node_kind {
  NODE_CONSTANT,
  NODE_SERIES,
  NODE_NEGATE,
  NODE_NOT,
  NODE_ADD,
  NODE_SUBTRACT,
  NODE_MULTIPLY,
  NODE_DIVIDE,
  NODE_LESS,
  NODE_LESS_EQUAL,
  NODE_GREATER,
  NODE_GREATER_EQUAL,
  NODE_EQUAL,
  NODE_NOT_EQUAL,
  NODE_AND,
  NODE_OR,
  NODE_ABS,
  NODE_GREATEST,
  NODE_LEAST,
  NODE_AGGREGATE,
  N_NODES
};

enum aggregate {
  AGGREGATE_MEAN,
  AGGREGATE_MIN,
  AGGREGATE_MAX,
  AGGREGATE_FIRST,
  AGGREGATE_LAST,
  AGGREGATE_SUM,
  AGGREGATE_RANGE,
  AGGREGATE_RISE,
  AGGREGATE_CV,
  AGGREGATE_PERCENTILE, /* parameter: 0 .. 1 */
  AGGREGATE_TIME,
  AGGREGATE_LONGEST,
  AGGREGATE_FIRST_TIME,
  AGGREGATE_GAP,
  AGGREGATE_ADVANCES, /* parameter: seconds */
  AGGREGATE_AT,       /* window.from: when */
  N_AGGREGATES
};

enum when_kind { WHEN_CLOCK, WHEN_SINCE_START, WHEN_END };

struct when {
  enum when_kind kind;
  double seconds;
  uint32_t column;
};

struct window {
  bool is_set;
  struct when from, to;
};

struct node {
  enum node_kind kind;
  uint32_t column;
  bool is_series;    /* one number a sample, not one number */
  bool is_condition; /* 0 or 1 */
  bool is_constant;
  enum aggregate aggregate;
  double number;      /* constant; parameter of an aggregate */
  enum vhm_unit unit; /* of a constant */
  size_t name;        /* index of a series' name */
  struct window window;
  GPtrArray *children; /* struct node * */
};

struct vhm_expect {
  struct node *root;
  GArray *names; /* struct vhm_expect_name */
};

typedef struct node vhm_expect_node;
void vhm_expect_node_free (vhm_expect_node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vhm_expect_node, vhm_expect_node_free)

static inline struct node *
vhm_expect_child (const struct node *node, size_t i)
{
  return node->children->pdata[i];
}

/* --- dimensions and times -------------------------------------------- */

/* Tells the counter of a name, NULL with an error if there is none. */
typedef const struct vhm_counter *(*find_counter_fn) (
    const void *context, const struct vhm_expect_name *name, GError **error);

struct scope {
  const vhm_expect *expect;
  find_counter_fn find;
  const void *context;
};

/* Dimension of a node, with every dimension below it checked. */
bool vhm_expect_unit (const struct scope *scope, const struct node *node,
                      enum vhm_unit *ret_unit, GError **error);

/* An operand as the dimension rules see it. */
struct operand {
  enum vhm_unit unit;
  bool is_constant, is_zero;
};

/* What the operands of a node are multiplied by before the operation, and the
 * dimension of the outcome. */
struct pairing {
  enum vhm_unit unit;
  double left_factor, right_factor;
};
bool vhm_expect_pair (const struct node *node, struct operand left,
                      struct operand right, struct pairing *ret_pairing,
                      GError **error);
struct operand vhm_expect_operand (const struct node *node, enum vhm_unit unit);
/* Dimension of an aggregate over a series of dimension `unit`. */
enum vhm_unit vhm_expect_aggregate_unit (enum aggregate aggregate,
                                         enum vhm_unit unit);

/* Seconds since the start of the run; an error outside [0, duration_s]. */
bool vhm_expect_when (const struct when *when, double start_s,
                      double duration_s, double *ret_s, GError **error);
bool vhm_expect_window (const struct node *node, double start_s,
                        double duration_s, double *ret_from_s, double *ret_to_s,
                        GError **error);

/* The samples of a window that are not missing, with their times. */
struct samples {
  double *values, *times_s;
  size_t n;
  double from_s, to_s, interval_s;
};

/* Fills `ret`, whose window is set; values and times are the caller's. */
void vhm_expect_gather (const struct vhm_result *result, const double *values,
                        struct samples *ret);
/* Of at least one sample; may reorder the values. */
double vhm_expect_aggregate (const struct node *node, struct samples *s);

/* Names and dimensions have been checked. */
bool vhm_expect_evaluate_tree (const vhm_expect *expect,
                               const struct vhm_result *result,
                               double *ret_value, enum vhm_unit *ret_unit,
                               GError **error);

bool vhm_expect_evaluate_samples (const vhm_expect *expect,
                                  const struct vhm_result *result,
                                  double *ret_values, enum vhm_unit *ret_unit,
                                  GError **error);

G_GNUC_PRINTF (3, 4)
bool vhm_expect_fail (GError **error, uint32_t column, const char *format, ...);

#endif
