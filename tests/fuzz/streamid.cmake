trunkshow_fuzz_target(streamid SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/streamid/fuzz_streamid.c ${CMAKE_SOURCE_DIR}/media/pipeline/streamid.c
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/streamid/corpus)
target_include_directories(fuzz_streamid PRIVATE ${CMAKE_SOURCE_DIR}/media)
