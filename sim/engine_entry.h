/* The heap's entry and the choice of the least of four, which is most of the
 * engine's time.
 *
 * An entry is one number, time_cyc << 64 | order: a comparison is two
 * instructions, cmp and sbb. The choice must not branch, because the branch
 * would be guessed wrongly every other time; and it must carry the values along
 * with the index, because a reload by index costs another 5 cycles a round. No
 * spelling in C makes gcc 12 emit that (tried: ternaries, masks, probability
 * hints; half the speed, or 3/4), hence the conditional moves by hand, and C
 * elsewhere.
 */
#ifndef VHM_ENGINE_ENTRY_H
#define VHM_ENGINE_ENTRY_H

#include <stdint.h>

typedef unsigned __int128 entry;

#define HOLE ((entry)0)
#define LAST (~(entry)0)

static inline uint64_t
time_of (entry e)
{
  return (uint64_t)(e >> 64);
}

static inline uint64_t
order_of (entry e)
{
  return (uint64_t)e;
}

static inline entry
join_entry (uint64_t time_cyc, uint64_t order)
{
  return (entry)time_cyc << 64 | order;
}

struct candidate {
  entry e;
  uint32_t i; /* its index in the heap */
};

static inline struct candidate
lesser (struct candidate a, struct candidate b)
{
#ifdef __x86_64__ /* the one place where the C is not good enough, see above   \
                   */
  uint64_t time_cyc = time_of (b.e), order = order_of (b.e), scratch;
  __asm__("cmp %[a_order], %[order]\n\t"
          "mov %[time], %[scratch]\n\t"
          "sbb %[a_time], %[scratch]\n\t" /* carry: b < a */
          "cmovae %[a_order], %[order]\n\t"
          "cmovae %[a_time], %[time]\n\t"
          "cmovae %[a_i], %[i]"
          : [order] "+&r"(order), [time] "+&r"(time_cyc), [i] "+&r"(b.i),
            [scratch] "=&r"(scratch)
          : [a_order] "r"(order_of (a.e)), [a_time] "r"(time_of (a.e)),
            [a_i] "r"(a.i)
          : "cc");
  return (struct candidate){ join_entry (time_cyc, order), b.i };
#else
  return b.e < a.e ? b : a;
#endif
}

/* The least of the four entries at `first`. */
static inline struct candidate
least_of_four (const entry *entries, uint32_t first)
{
  const entry *e = entries + first;
  return lesser (lesser ((struct candidate){ e[0], first },
                         (struct candidate){ e[1], first + 1 }),
                 lesser ((struct candidate){ e[2], first + 2 },
                         (struct candidate){ e[3], first + 3 }));
}

#endif
