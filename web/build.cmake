# cmake -DNPM= -DWEB= -DSTAMP= -P build.cmake: builds web/dist quietly; what npm said is shown when it fails.
# Several build folders share web/node_modules and web/dist, so one at a time, and packages are installed again
# only when the lock file differs from the one they came from.
file(LOCK ${WEB}/.build.lock GUARD PROCESS TIMEOUT 600)

function(run what)
  execute_process(COMMAND ${NPM} ${ARGN} WORKING_DIRECTORY ${WEB} RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what} failed:\n${said}")
  endif()
endfunction()

file(SHA256 ${WEB}/package-lock.json wanted)
set(installed "")
if(EXISTS ${WEB}/node_modules/.installed)
  file(READ ${WEB}/node_modules/.installed installed)
endif()
if(NOT installed STREQUAL wanted)
  run("npm ci" ci --loglevel=error)
  file(WRITE ${WEB}/node_modules/.installed ${wanted})
endif()
run("npm run build" run --silent build)
file(TOUCH ${STAMP})
