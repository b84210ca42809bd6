/* Where things lie, and the keys by which they are known.
 *
 * Memory. A cache line is named by an injective 64-bit number:
 *
 *     63..62  61..46  45..0
 *     guest   vpid    gfn * 64 + line                        (data, guest tables)
 *     host    vpid    level << 33 | entry number / 8         (its host table)
 *     shadow  vpid    pcid << 34 | level << 31 | entry / 8   (its shadow table)
 *
 * The entry number of level l is the frame or page number >> 9 (l - 1); eight
 * entries share a line, neighbours in a table are neighbours in memory.
 *
 * Guest tables lie above the guest's memory, a stretch of 2^23 gfns for each
 * pcid: first the tables of the levels 5..2 in the order in which a kernel
 * needs them when pages are touched from 0 upward, then those of level 1. So
 * the tables of a process of up to 300 GiB lie in one GiB, as they do in a
 * guest: one entry of a level-3 cache covers them.
 *
 * Translations are known by paging, vpid, pcid, size or level, and number:
 *
 *     63  62..61  60..45  44..33  32..31  30..0     linear, combined
 *     1   paging  vpid    pcid    size    vpn >> 9 size
 *     1   SLAT    vpid    (size << 36 | gfn >> 9 size)   guest-physical
 *
 * Limits that follow: vpn < 2^31 (8 TiB a process), pcid < 2^12; gfn < 2^35
 * below the tables, of which an access can name 2^32 (16 TiB a guest). */
#ifndef VHM_MODELS_TRANSLATION_ADDRESS_H
#define VHM_MODELS_TRANSLATION_ADDRESS_H

#include <vhm/model/translation.h>

#define ADDRESS_VPN_BITS 31
#define ADDRESS_GFN_BITS 35
#define ADDRESS_PCID_BITS 12
#define ADDRESS_LEVEL_BITS 9 /* of a page number that a table level resolves */
#define ADDRESS_TABLES_BITS 23       /* gfns for the tables of a process */
#define ADDRESS_UPPER_TABLES (1 << 14) /* of these, for the levels 5..2 */

enum address_kind { ADDRESS_GUEST = 1, ADDRESS_HOST, ADDRESS_SHADOW };

static inline uint64_t
address_memory (enum address_kind kind, uint16_t vpid)
{
  return (uint64_t) kind << 62 | (uint64_t) vpid << 46;
}

static inline uint64_t
address_data (uint16_t vpid, uint64_t gfn, unsigned line)
{
  return address_memory (ADDRESS_GUEST, vpid) | gfn << 6 | line;
}

static inline uint64_t
address_entry (uint64_t number, unsigned level)
{
  return number >> (ADDRESS_LEVEL_BITS * (level - 1));
}

static inline uint64_t
address_host_entry (uint16_t vpid, uint64_t gfn, unsigned level)
{
  return address_memory (ADDRESS_HOST, vpid) | (uint64_t) level << 33
         | address_entry (gfn, level) >> 3;
}

static inline uint64_t
address_shadow_entry (uint16_t vpid, uint16_t pcid, uint64_t vpn,
                      unsigned level)
{
  return address_memory (ADDRESS_SHADOW, vpid) | (uint64_t) pcid << 34
         | (uint64_t) level << 31 | address_entry (vpn, level) >> 3;
}

/* The gfn of the guest's table of this level (1: holds 4K entries) that maps
 * the page. */
static inline uint64_t
address_table (uint16_t pcid, uint64_t vpn, unsigned level)
{
  uint64_t base = (UINT64_C (1) << ADDRESS_GFN_BITS)
                  + ((uint64_t) pcid << ADDRESS_TABLES_BITS);
  uint64_t i2 = vpn >> (2 * ADDRESS_LEVEL_BITS);
  uint64_t i3 = vpn >> (3 * ADDRESS_LEVEL_BITS);
  switch (level) {
  case 1:
    return base + ADDRESS_UPPER_TABLES + (vpn >> ADDRESS_LEVEL_BITS);
  case 2: /* after both roots, and its own and all earlier level-3 tables */
    return base + 2 + i2 + i3 + 1;
  case 3: /* each with the 512 tables below it */
    return base + 2 + i3 * ((1 << ADDRESS_LEVEL_BITS) + 1);
  case 4:
    return base + 1;
  default:
    return base;
  }
}

static inline uint64_t
address_guest_entry (uint16_t vpid, uint64_t table, uint64_t vpn,
                     unsigned level)
{
  uint64_t in_table = (1 << ADDRESS_LEVEL_BITS) - 1;
  uint64_t line = (address_entry (vpn, level) & in_table) >> 3;
  return address_data (vpid, table, (unsigned) line);
}

/* --- translations --------------------------------------------------------- */

#define ADDRESS_VALID (UINT64_C (1) << 63)
#define ADDRESS_PAGING_MASK (UINT64_C (3) << 61)
#define ADDRESS_VPID_MASK (UINT64_C (0xffff) << 45)
#define ADDRESS_PCID_MASK (UINT64_C (0xfff) << 33)

static inline uint64_t
address_vpid_tag (uint16_t vpid)
{
  return (uint64_t) vpid << 45;
}

static inline uint64_t
address_pcid_tag (uint16_t pcid)
{
  return (uint64_t) pcid << 33;
}

static inline uint64_t
address_paging_tag (enum vhm_paging paging)
{
  return (uint64_t) paging << 61;
}

/* What all translations of a space have in common. */
static inline uint64_t
address_space_tag (const struct vhm_space *space)
{
  return ADDRESS_VALID | address_paging_tag (space->paging)
         | address_vpid_tag (space->vpid) | address_pcid_tag (space->pcid);
}

static inline uint64_t
address_host_tag (uint16_t vpid)
{
  return ADDRESS_VALID | address_paging_tag (VHM_PAGING_SLAT)
         | address_vpid_tag (vpid);
}

static inline uint64_t
address_page_tag (enum vhm_page_size size, uint64_t page)
{
  return (uint64_t) size << 31 | page;
}

static inline enum vhm_page_size
address_page_size (uint64_t key)
{
  return (enum vhm_page_size) (key >> ADDRESS_VPN_BITS & 3);
}

static inline uint64_t
address_page (uint64_t key)
{
  return key & ((UINT64_C (1) << ADDRESS_VPN_BITS) - 1);
}

static inline uint64_t
address_frame_tag (enum vhm_page_size size, uint64_t frame)
{
  return (uint64_t) size << 36 | frame;
}

#endif
