package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.election.FencingToken;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionTemplate;

/** The fence in the transactions of JPA, as most applications have them. */
class JpaFenceTests {

    private final HikariDataSource dataSource = Databases.h2();
    private final LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
    private EntityManagerFactory entityManagers;
    private TransactionTemplate transaction;
    private JdbcFence fence;

    @BeforeEach
    void prepare() {
        new ResourceDatabasePopulator(new ClassPathResource("io/election/fencing/schema-h2.sql")).execute(dataSource);
        factory.setDataSource(dataSource);
        factory.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
        factory.setPackagesToScan("io.election.fencing");
        factory.setJpaPropertyMap(Map.of("hibernate.hbm2ddl.auto", "create"));
        factory.afterPropertiesSet();
        entityManagers = factory.getObject();
        transaction = new TransactionTemplate(new JpaTransactionManager(entityManagers));
        fence = new JdbcFence(new TransactionAwareDataSourceProxy(dataSource));
    }

    @AfterEach
    void close() {
        factory.destroy();
        dataSource.close();
    }

    private void invoice(long token, boolean swallow) {
        transaction.executeWithoutResult(status -> {
            SharedEntityManagerCreator.createSharedEntityManager(entityManagers).persist(new Invoice(token));
            try {
                fence.guard("invoices", new FencingToken(token));
            } catch (StaleFencingTokenException ex) {
                if (!swallow) {
                    throw ex;
                }
            }
        });
    }

    private Long invoices() {
        return new JdbcTemplate(dataSource).queryForObject("SELECT COUNT(*) FROM invoice", Long.class);
    }

    @Test
    void guardsAJpaTransaction() {
        invoice(10, false);
        assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> invoice(9, false));
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .as("a swallowed refusal")
                .isThrownBy(() -> invoice(8, true));
        assertThat(invoices()).isEqualTo(1);
    }

    @Test
    void knowsAJpaTransactionOfAnotherDataSource() {
        try (HikariDataSource other = Databases.h2()) {
            new ResourceDatabasePopulator(new ClassPathResource("io/election/fencing/schema-h2.sql")).execute(other);
            JdbcFence elsewhere = new JdbcFence(other);
            assertThatExceptionOfType(IllegalTransactionStateException.class)
                    .isThrownBy(() -> transaction.executeWithoutResult(status -> {
                        new JdbcTemplate(other).queryForList("SELECT token FROM election_fence", Long.class);
                        elsewhere.guard("invoices", new FencingToken(1));
                    }))
                    .withMessageContaining("not on the fence's data source");
        }
    }

    @Entity(name = "invoice")
    static class Invoice {

        @Id
        private long id;

        protected Invoice() {}

        Invoice(long id) {
            this.id = id;
        }
    }
}
