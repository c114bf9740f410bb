trunkshow_fuzz_target(picture_header SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/picture_header/fuzz_picture_header.c
                      ${CMAKE_SOURCE_DIR}/media/pipeline/picture_header.c CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/picture_header/corpus)
target_include_directories(fuzz_picture_header PRIVATE ${CMAKE_SOURCE_DIR}/media)
