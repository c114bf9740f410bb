trunkshow_fuzz_target(comment SOURCES ${CMAKE_CURRENT_LIST_DIR}/comment/fuzz_comment.c LINK server_show
                      CORPUS ${CMAKE_CURRENT_LIST_DIR}/comment/corpus)
