package io.election.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.autoconfigure.ElectionProperties.Member;
import io.election.core.MemberKind;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.core.convert.converter.Converter;

/** Reads a member from {@code id=url}, so that one environment variable can hold the whole list. */
@ConfigurationPropertiesBinding
final class MemberConverter implements Converter<String, Member> {

    @Override
    public Member convert(String source) {
        String text = source.trim();
        int equals = text.indexOf('=');
        String id = equals < 0 ? "" : text.substring(0, equals).trim();
        String url = equals < 0 ? "" : text.substring(equals + 1).trim();
        if (id.isEmpty() || url.isEmpty()) {
            throw new InvalidElectionConfigurationException(
                    "election.members",
                    text,
                    "a member written as one text has the form id=url",
                    "Write it like node-1=http://host-1:8080, with a comma between two members, or give each member"
                            + " its id and url as properties of their own.");
        }
        return new Member(id, url, null, MemberKind.DATA, 0, false);
    }
}
