package quire.rest;

import java.util.List;
import java.util.Map;

/**
 * The fields that requests for completions and for chats have in common, as the specification says
 * by {@code x-implements}. Each may be null: absent.
 */
public interface SampledRequest {

    Double getTemperature();

    Double getTopP();

    Integer getTopK();

    Double getMinP();

    Double getRepetitionPenalty();

    Double getPresencePenalty();

    Double getFrequencyPenalty();

    Long getSeed();

    Integer getN();

    StopStrings getStop();

    List<Integer> getStopTokenIds();

    Boolean getIgnoreEos();

    Integer getMinTokens();

    Boolean getIncludeStopStrInOutput();

    Boolean getSkipSpecialTokens();

    Map<String, Double> getLogitBias();

    List<Integer> getAllowedTokenIds();

    List<String> getBadWords();

    Boolean getUseBeamSearch();

    Double getLengthPenalty();

    Long getPriority();

    String getCacheSalt();

    Integer getTruncatePromptTokens();

    Boolean getSpacesBetweenSpecialTokens();

    Boolean getReturnTokenIds();

    Boolean getReturnTokensAsTokenIds();
}
