# Turns FILES into a C table SYMBOL of (name, bytes, size), so that the program
# needs no data folder at run time.
set(body "#include <stddef.h>\n#include <vhm/sim/embedded.h>\n\n")
set(rows "")
set(i 0)
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND body "static const unsigned char file_${i}[] = {${bytes}0};\n")
  string(APPEND rows
    "  { \"${name}\", (const char *) file_${i}, sizeof file_${i} - 1 },\n")
  math(EXPR i "${i} + 1")
endforeach()
string(APPEND body
  "\nconst struct vhm_embedded ${SYMBOL}[] = {\n${rows}  { NULL, NULL, 0 }\n};\n")
file(WRITE ${OUT} "${body}")
