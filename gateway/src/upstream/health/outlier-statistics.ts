/** Who stands out among endpoints by how often they succeed: the arithmetic of outlier detection. */

export interface Sample {
  readonly calls: number;
  readonly failures: number;
}

export interface SuccessRateRules {
  readonly minimumHosts: number;
  readonly minimumCalls: number;
  readonly deviations: number;
}

export interface FailureRules {
  readonly minimumHosts: number;
  readonly minimumCalls: number;
  /** Percent. */
  readonly threshold: number;
}

/** Those whose success rate is more than so many standard deviations below the mean of all with enough calls. */
export function successRateOutliers<S extends Sample>(samples: readonly S[], rules: SuccessRateRules): S[] {
  const counted = samples.filter(({ calls }) => calls >= rules.minimumCalls);
  if (counted.length < rules.minimumHosts) return [];
  const rates = counted.map(({ calls, failures }) => (calls - failures) / calls);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  const threshold = mean - rules.deviations * Math.sqrt(variance);
  return counted.filter((_, i) => (rates[i] ?? 1) < threshold);
}

/** Those that failed at least so often. */
export function failureOutliers<S extends Sample>(samples: readonly S[], rules: FailureRules): S[] {
  const counted = samples.filter(({ calls }) => calls >= rules.minimumCalls);
  if (counted.length < rules.minimumHosts) return [];
  return counted.filter(({ calls, failures }) => failures * 100 >= rules.threshold * calls);
}
