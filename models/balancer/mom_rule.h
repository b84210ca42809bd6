/* The balloon rule of MOM, for one guest. Private to this folder. */
#ifndef MODELS_BALANCER_MOM_RULE_H
#define MODELS_BALANCER_MOM_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* Parts, 0 .. 1. */
struct vhm_mom_rule {
  double pressure, critical; /* of the host's memory that is free */
  double guest_free;         /* of a guest's, that it should have free */
  double deficit;            /* taken off the host's free part when critical */
  double largest, smallest;  /* step, of what a guest holds */
};

/* What is known of a guest; means are over the last samples. */
struct vhm_mom_guest {
  double held_bytes;
  double mean_held_bytes, mean_unused_bytes;
  double minimum_bytes, maximum_bytes;
};

/* Is so small a free part pressure? */
bool vhm_mom_is_short (const struct vhm_mom_rule *rule, double host_free);
/* Part of its memory that a guest of a host short of memory should have free;
 * below 0: it should page that much out. */
double vhm_mom_keeps_free (const struct vhm_mom_rule *rule, double host_free);
/* The size a guest should have; 0: the rule does not ask for another. */
double vhm_mom_shrink (const struct vhm_mom_rule *rule,
                       const struct vhm_mom_guest *guest, double host_free);
double vhm_mom_grow (const struct vhm_mom_rule *rule,
                     const struct vhm_mom_guest *guest);

#endif
