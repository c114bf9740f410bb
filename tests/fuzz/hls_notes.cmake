trunkshow_fuzz_target(hls_notes SOURCES ${CMAKE_CURRENT_LIST_DIR}/hls_notes/fuzz_hls_notes.c LINK server_hls CORPUS ${CMAKE_CURRENT_LIST_DIR}/hls_notes/corpus)
