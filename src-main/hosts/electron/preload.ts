import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { channels } from './channels.ts'

// The only way from the page to the shell. Everything else goes over the port, in the terms of the contract.
contextBridge.exposeInMainWorld('lagotto', {
  platform: process.platform,
  connect: () => ipcRenderer.send(channels.connect),
  pickPaths: (kind: 'folder' | 'file') => ipcRenderer.invoke(channels.pickPaths, kind),
  pathOf: (file: File) => webUtils.getPathForFile(file),
  onGaveUp: (listener: () => void) => {
    ipcRenderer.on(channels.gaveUp, () => listener())
  },
})

ipcRenderer.on(channels.port, ({ ports }) => {
  window.postMessage({ type: channels.port }, window.location.origin, [...ports])
})
