/** An answer, as tools and as people read it. */
export interface SubrequestAnswer {
  readonly json: unknown;
  readonly text: string;
  /** What the client is to exit with; absent: the question has no such answer. */
  readonly statusCode?: number;
}
