# cmake -DFOLDER=... -DFUNCTION=... -DOUTPUT=... -P embed.cmake: a folder's *.txt as a function of the
# program (run/embedded.hpp), so that a release needs no other file.
file(GLOB paths "${FOLDER}/*.txt")
list(SORT paths)
set(entries "")
foreach(path ${paths})
  get_filename_component(name "${path}" NAME_WE)
  file(READ "${path}" text)
  string(APPEND entries "      {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"run/embedded.hpp\"

namespace backplane::conformance {

std::vector<EmbeddedText> ${FUNCTION}() {
  return {
${entries}  };
}

}  // namespace backplane::conformance
")
