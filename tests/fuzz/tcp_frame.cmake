trunkshow_fuzz_target(tcp_frame SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/tcp_frame/fuzz_tcp_frame.c LINK media_transport
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/tcp_frame/corpus)
