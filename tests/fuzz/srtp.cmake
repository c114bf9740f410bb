trunkshow_fuzz_target(srtp SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/srtp/fuzz_srtp.c LINK media_transport
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/srtp/corpus)
