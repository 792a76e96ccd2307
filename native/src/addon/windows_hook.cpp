#ifdef _WIN32

#include <windows.h>
// delayimp.h needs windows.h.
#include <delayimp.h>

#include <cstring>

// Node-API's functions are imported from "node.exe", and found when they are first called. The program that they are in
// may have another name (electron.exe): whatever it is, it is the one that runs. The same as node-gyp's hook.

namespace {

FARPROC WINAPI loadHost(unsigned event, PDelayLoadInfo info) {
    if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
    return reinterpret_cast<FARPROC>(GetModuleHandle(nullptr));
}

}  // namespace

extern "C" const PfnDliHook __pfnDliNotifyHook2 = loadHost;

#endif
