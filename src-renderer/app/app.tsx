import { QueryClientProvider } from '@tanstack/react-query'
import { Tooltip } from 'radix-ui'
import { lazy, type ReactNode, Suspense } from 'react'
import { Toaster } from 'sonner'
import { Redirect, Route, Router, Switch, useLocation } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { queryClient, useSettings } from '../api/queries.ts'
import { SourcesProvider } from '../components/sources/context.tsx'
import { NewQuestion } from '../screens/ask/new-question.tsx'
import { ThreadScreen } from '../screens/ask/thread.tsx'
import { Boundary } from './boundary.tsx'
import { Shell } from './shell.tsx'
import { useTheme } from './theme.ts'

const ActivityScreen = lazy(() => import('../screens/activity/activity.tsx'))
const CompareScreen = lazy(() => import('../screens/compare/compare.tsx'))
const EvaluateScreen = lazy(() => import('../screens/evaluate/evaluate.tsx'))
const LibraryScreen = lazy(() => import('../screens/library/library.tsx'))
const ModelsScreen = lazy(() => import('../screens/models/models.tsx'))
const QuestionsScreen = lazy(() => import('../screens/questions/questions.tsx'))
const TeachScreen = lazy(() => import('../screens/teach/teach.tsx'))
const SettingsScreen = lazy(() => import('../screens/settings/settings.tsx'))

/** The whole interface. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Router hook={useHashLocation}>
        <Tooltip.Provider delayDuration={450} skipDelayDuration={200}>
          <SourcesProvider>
            <Themed />
            <Shell>
              <Screens>
                <Switch>
                  <Route path="/" component={NewQuestion} />
                  <Route path="/t/:id">{({ id }) => <ThreadScreen key={id} id={id} />}</Route>
                  <Route path="/library/:id?">{({ id }) => <LibraryScreen id={id ?? null} />}</Route>
                  <Route path="/teach/:id?">{({ id }) => <TeachScreen id={id ?? null} />}</Route>
                  <Route path="/questions/:id?/:part?">
                    {({ id, part }) => <QuestionsScreen id={id ?? null} part={part ?? null} />}
                  </Route>
                  <Route path="/activity" component={ActivityScreen} />
                  <Route path="/compare/:id?">{({ id }) => <CompareScreen id={id ?? null} />}</Route>
                  <Route path="/evaluate/:id?/:position?">
                    {({ id, position }) => <EvaluateScreen id={id ?? null} position={position ?? null} />}
                  </Route>
                  <Route path="/models/:part?">{({ part }) => <ModelsScreen part={part ?? null} />}</Route>
                  <Route path="/settings" component={SettingsScreen} />
                  <Route>
                    <Redirect to="/" replace />
                  </Route>
                </Switch>
              </Screens>
            </Shell>
          </SourcesProvider>
        </Tooltip.Provider>
      </Router>
    </QueryClientProvider>
  )
}

/** Where screens appear; a new place is a new chance after a mistake in another. */
function Screens({ children }: { children: ReactNode }) {
  const [location] = useLocation()
  return (
    <Boundary key={location.split('/')[1]}>
      <Suspense>{children}</Suspense>
    </Boundary>
  )
}

function Themed() {
  const theme = useSettings().data?.theme
  useTheme(theme)
  return (
    <Toaster
      theme={theme ?? 'system'}
      position="bottom-right"
      toastOptions={{
        style: { background: 'var(--surface)', color: 'var(--ink)', borderColor: 'var(--line)' },
        className: 'font-sans!',
        descriptionClassName: 'text-ink-2!',
      }}
    />
  )
}
