/* How a scenario says what pages hold: a list of classes, each with its part of
 * a region's pages. What is left over is unique.
 *
 *   content:
 *     - {kind: zeros, part: 7 %}
 *     - {kind: image, image: redhat, part: 55 %, differs: 11 %}
 */
#include <vhm/model/content.h>

#include <vhm/base/require.h>

#include <glib.h>

#define AT(field) offsetof (struct vhm_content_key, field)

static const char *const kinds[] = { [VHM_CONTENT_ZEROS] = "zeros",
                                     [VHM_CONTENT_IMAGE] = "image",
                                     [VHM_CONTENT_UNIQUE] = "unique",
                                     [VHM_N_CONTENT_KINDS] = NULL };

static const struct vhm_param params[] = {
  { .key = "kind",
    .type = VHM_PARAM_CHOICE,
    .offset = AT (kind),
    .fallback = NULL,
    .help = "zeros; pages of an image, the same in every guest that has it; or "
            "nobody else's",
    .choices = kinds },
  { .key = "part",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (part_ppm),
    .fallback = NULL,
    .min = "0 %",
    .max = "100 %",
    .help = "of the pages, rounded to a thousandth" },
  { .key = "image",
    .type = VHM_PARAM_NAME,
    .offset = AT (image),
    .fallback = "",
    .help = "image: its name" },
  { .key = "differs",
    .type = VHM_PARAM_FRACTION,
    .offset = AT (differs_ppm),
    .fallback = "0 %",
    .min = "0 %",
    .max = "100 %",
    .help = "image: chance that a page of this guest is not what the image has "
            "there (relocated, patched)" },
  { .key = "copies",
    .type = VHM_PARAM_COUNT,
    .offset = AT (n_copies),
    .fallback = "1",
    .min = "1",
    .max = "1000000",
    .help = "image, unique: times that each page lies in these pages" },
};

const struct vhm_schema vhm_content_schema
    = { .name = "content",
        .help = "what pages hold when they have been filled",
        .size = sizeof (struct vhm_content_key),
        .mark_offset = AT (mark),
        .params = params,
        .n_params = G_N_ELEMENTS (params) };

uint32_t
vhm_content_classes (const struct vhm_list *keys, struct vhm_content_class *ret)
{
  const struct vhm_content_key *k = keys->items;
  VHM_REQUIRE (keys->n <= VHM_CONTENT_MAX_CLASSES);
  for (size_t i = 0; i < keys->n; i++)
    ret[i] = (struct vhm_content_class){
      .kind = (enum vhm_content_kind) k[i].kind,
      .part_ppm = (uint32_t) k[i].part_ppm,
      .image = k[i].image && *k[i].image ? k[i].image : NULL,
      .differs_ppm = (uint32_t) k[i].differs_ppm,
      .n_copies = (uint32_t) k[i].n_copies,
    };
  return (uint32_t) keys->n;
}

void
vhm_content_check_keys (const struct vhm_list *keys, const char *key,
                        vhm_schema_complain complain, void *reader)
{
  struct vhm_content_class classes[VHM_CONTENT_MAX_CLASSES];
  if (keys->n > VHM_CONTENT_MAX_CLASSES) {
    complain (reader, key, "more than 16 classes", "at most 16");
    return;
  }
  const char *wrong
      = vhm_content_check (classes, vhm_content_classes (keys, classes));
  if (wrong)
    complain (reader, key, wrong,
              "classes that are parts of one whole, say [{kind: zeros, part: 7 "
              "%}, {kind: image, image: NAME, part: 50 %}]");
}
