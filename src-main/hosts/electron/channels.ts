/** Names of the messages between the shell's processes. */
export const channels = {
  /** Page → shell: give me a channel to the service. */
  connect: 'lagotto:connect',
  /** Shell → page: here it is; the message carries a port. */
  port: 'lagotto:port',
  /** Page → shell: open the system's dialog for folders or files. */
  pickPaths: 'lagotto:pick-paths',
  /** Shell → page: the service will not come back. */
  gaveUp: 'lagotto:gave-up',
} as const

/** The origin of our page. A scheme of our own: nothing on the network or on disk can pass for it. */
export const appScheme = 'lagotto'
export const appHost = 'app'
export const appOrigin = `${appScheme}://${appHost}`

/** What the service process of the shell is told when it starts. */
export interface ShellStart {
  /** Absolute path; null: the environment's or the platform's. */
  dataDir: string | null
  /** Base64, from the system's keychain; null: there is none. */
  secretKey: string | null
}
