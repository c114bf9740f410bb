# The corpus is what real clients offered, kept with the unit tests, and what fuzzing added.
trunkshow_fuzz_target(sdp SOURCES ${CMAKE_CURRENT_LIST_DIR}/sdp/fuzz_sdp.c LINK media_sdp CORPUS ${CMAKE_CURRENT_LIST_DIR}/sdp/corpus)
