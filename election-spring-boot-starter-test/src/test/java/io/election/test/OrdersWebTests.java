package io.election.test;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.web.servlet.MockMvc;

/** The annotation brings the leadership into a slice that has none by itself. */
@WebMvcTest
@AutoConfigureTestLeadership
class OrdersWebTests {

    @Test
    void onlyTheLeaderTakesOrders(@Autowired MockMvc mvc, @Autowired TestLeadership leadership) throws Exception {
        mvc.perform(post("/orders")).andExpect(status().isServiceUnavailable());
        leadership.grant();
        mvc.perform(post("/orders")).andExpect(status().isOk());
    }
}
