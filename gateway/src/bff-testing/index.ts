/**
 * The public door `@frontdesk/gateway/bff/testing`: runs a team's screens, flows and live streams in its own tests, on the
 * real engines, with backends of the test's making and time that passes by itself. No network, no configuration, no runner.
 */
export {
  type FakeBackends,
  type Fakes,
  fakeBackends,
  type GraphFake,
  MissingFakeError,
  onGraph,
  type RestAsked,
} from './backends.ts';
export type { AgainOptions, Notes, TestOptions, TextAnswers } from './bench.ts';
export type { FakeCall } from './clients.ts';
export {
  type EveryPartOptions,
  everyPartMayFail,
  type PartFailureRow,
  type PartFailures,
} from './every-part.ts';
export {
  type EveryStepOptions,
  everyStepMayFail,
  type StepFailureRow,
  type StepFailures,
} from './every-step.ts';
export { grpcStatus, type PartialAnswer, partial, type StatusAnswer, status } from './fake-answer.ts';
export { type DriftFault, drift, type FaultKind, type Faults, slow, type TimedFault } from './faults.ts';
export {
  type FlowAgainOptions,
  type TestedFailure,
  type TestedFlow,
  type TestFlowOptions,
  testFlow,
} from './flow.ts';
export { type TestedEvent, type TestedLive, type TestLiveOptions, testLive } from './live.ts';
export { type FakeFeed, fakeFeed } from './messages.ts';
export {
  type RecordedCall,
  type Recording,
  type RedactionRules,
  readRecording,
  recordingOf,
  replayBackends,
  writeRecording,
} from './recording.ts';
export {
  checkRecording,
  type LiveBackends,
  type RecordingBackends,
  recordingBackends,
} from './recording-backends.ts';
export { type TestedPart, type TestedScreen, type TestScreenOptions, testScreen } from './screen.ts';
export type { SentCall } from './wire.ts';
