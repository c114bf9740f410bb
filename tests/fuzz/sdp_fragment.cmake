trunkshow_fuzz_target(sdp_fragment SOURCES ${CMAKE_CURRENT_LIST_DIR}/sdp_fragment/fuzz_sdp_fragment.c LINK media_sdp CORPUS ${CMAKE_CURRENT_LIST_DIR}/sdp_fragment/corpus)
